import { readFileSync } from 'node:fs'
import { slug } from 'github-slugger'
import { type DefaultTheme, defineConfig } from 'vitepress'
import { pictures } from './pictures'
import { linksOutOfSite } from './links-out-of-site'
import { numbers } from './numbers'

const sidebar = JSON.parse(readFileSync(new URL('sidebar.json', import.meta.url), 'utf8')) as DefaultTheme.SidebarItem[]

export default defineConfig({
  title: 'ormutex',
  description: 'Named locks for Knex, Sequelize, Prisma and mysql2 on MySQL and MariaDB',
  lang: 'en',
  head: [['link', { rel: 'icon', type: 'image/svg+xml', href: '/icon.svg' }]],
  cacheDir: '.vitepress/.cache',
  srcExclude: ['**/node_modules/**'],
  markdown: {
    // A code host knows none: what stands in braces is text.
    attrs: { disable: true },
    // The same anchors as on a code host, so that a link works in both.
    anchor: { slugify: (heading) => slug(heading) },
    config: (markdown) => {
      markdown.use(pictures)
      markdown.use(linksOutOfSite)
      markdown.use(numbers)
    },
    theme: { light: 'github-light', dark: 'github-dark-default' },
  },
  transformPageData: ({ relativePath, frontmatter }) => {
    // The names, without the parts of each; on the core's page they stand one level deeper.
    if (/^api\/(?!core\.md)/.test(relativePath)) frontmatter['outline'] = 2
  },
  // The index for the search is large; it is loaded by who searches.
  vite: { build: { chunkSizeWarningLimit: 2_000 } },
  themeConfig: {
    logo: '/icon.svg',
    sidebar,
    outline: { level: [2, 3] },
    search: { provider: 'local' },
    nav: [
      {
        text: 'Start',
        activeMatch: '^/getting-started/',
        items: [
          { text: 'Knex', link: '/getting-started/knex' },
          { text: 'Sequelize', link: '/getting-started/sequelize' },
          { text: 'Prisma', link: '/getting-started/prisma' },
          { text: 'mysql2', link: '/getting-started/mysql2' },
        ],
      },
      { text: 'Recipes', link: '/recipes/', activeMatch: '^/recipes/' },
      { text: 'Errors', link: '/errors' },
      { text: 'API', link: '/api/', activeMatch: '^/api/' },
    ],
    docFooter: { prev: 'Before', next: 'Next' },
  },
})
