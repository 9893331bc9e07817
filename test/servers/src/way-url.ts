import { serverVersion } from './account.js'
import { flavourOfVersion, type Flavour } from './flavour.js'
import { messageOf } from './log.js'
import type { Way } from './way.js'

const variableOf = (flavour: Flavour) => `ORMUTEX_${flavour.toUpperCase()}_URL`

export const wayUrl: Way = {
  source: 'url',
  description: (flavour) => `the URL of a running server in ${variableOf(flavour)}`,
  async find(flavour, { env }) {
    const variable = variableOf(flavour)
    const url = env[variable]
    if (url === undefined || url === '') return { reason: 'not set' }
    if (!URL.canParse(url)) throw new Error(`${variable} is not a URL such as mysql://user:password@host:3306`)
    const version = await versionAt(url, variable)
    const found = flavourOfVersion(version)
    if (found !== flavour)
      throw new Error(`${variable} is to lead to ${flavour}, but ${found} ${version} answers there`)
    return { source: 'url', url }
  },
}

async function versionAt(url: string, variable: string): Promise<string> {
  try {
    return await serverVersion(url)
  } catch (error) {
    throw new Error(`the server of ${variable} does not answer: ${messageOf(error)}`, { cause: error })
  }
}
