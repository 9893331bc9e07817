import { readdirSync, readFileSync } from 'node:fs'
import { Database } from './database.js'
import { endExamples, Example } from './example.js'

/** What those print that go on until they are told to end. */
const SERVING: Readonly<Record<string, RegExp>> = {
  'double-charge.cjs': /^Listening/m,
  express: /^Listening/m,
  fastify: /^Listening/m,
  leader: /leads/,
}

const SRC = new URL('../src/', import.meta.url)
const recipes = readdirSync(SRC)
  .filter((file) => /^(?!moving-|.*\.d\.).*\.c?[jt]s$/.test(file))
  .map((file) => ({
    recipe: file.replace(/\.ts$/, ''),
    usesPrisma: readFileSync(new URL(file, SRC), 'utf8').includes('PrismaClient'),
  }))

describe('All recipes in one database', function () {
  this.timeout(60_000)
  let database: Database

  before(async () => {
    database = await Database.open('mysql')
    // As getting started makes it.
    await database.pool.query('CREATE TABLE accounts (id INT PRIMARY KEY, balance INT NOT NULL)')
  })
  afterEach(endExamples)
  after(() => database.close())

  for (const { recipe, usesPrisma } of recipes) {
    it(`${recipe} finds no table of another one`, async () => {
      const example = new Example(recipe, { url: usesPrisma ? database.prismaUrl : database.url, env: { PORT: '0' } })
      if (recipe in SERVING) await example.printed(SERVING[recipe]!)
      else await example.succeeded()
    })
  }
})
