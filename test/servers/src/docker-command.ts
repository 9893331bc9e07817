import type { Flavour } from './flavour.js'

/** The services of docker-compose.yml, the default of each flavour first. */
export const SERVICES = ['mysql-9', 'mysql-8.4', 'mariadb-10.11', 'mariadb-11.8'] as const

/** The port inside every container. */
export const SERVER_PORT = 3306

export function serviceOf(flavour: Flavour, version?: string): string {
  const known = SERVICES.filter((service) => service.startsWith(`${flavour}-`))
  const service = version ? known.find((name) => name === `${flavour}-${version}`) : known[0]
  if (service !== undefined) return service
  throw new Error(`docker-compose.yml has ${known.join(' and ')}, but no ${flavour} ${version}`)
}

/** Where docker-compose.yml lets the environment choose the published port. */
export function portVariable(service: string): string {
  return `ORMUTEX_${service.toUpperCase().replaceAll(/[-.]/g, '_')}_PORT`
}

export function composeEnvironment(service: string, password: string): NodeJS.ProcessEnv {
  // Docker publishes port 0 as one that is free.
  return { [portVariable(service)]: '0', ORMUTEX_PASSWORD: password }
}

/** A second compose file, which JSON is too: Compose takes a dollar sign for a variable unless there are two. */
export function composeOverride(service: string, serverArguments: readonly string[]): string {
  const command = serverArguments.map((argument) => argument.replaceAll('$', '$$$$'))
  return JSON.stringify({ services: { [service]: { command } } })
}

export interface ComposeCommands {
  up: string[]
  port: string[]
  down: string[]
}

/** Arguments of `docker`. Every server is a project of its own, so that they start and end apart from each other. */
export function composeCommands(project: string, service: string, files: readonly string[]): ComposeCommands {
  const compose = ['compose', '-p', project, ...files.flatMap((file) => ['-f', file])]
  return {
    up: [...compose, 'up', '-d', '--wait', service],
    port: [...compose, 'port', service, String(SERVER_PORT)],
    down: [...compose, 'down', '--volumes', '--remove-orphans', '--timeout', '0'],
  }
}

/** Reads the answer of `docker compose port`, such as `127.0.0.1:49153`. */
export function parsePort(answer: string): number {
  const port = Number(/:(\d+)\s*$/.exec(answer)?.[1])
  if (!(port > 0)) throw new Error(`expected host:port of docker compose port, got ${JSON.stringify(answer)}`)
  return port
}

export const versionVariable = (flavour: Flavour) => `ORMUTEX_${flavour.toUpperCase()}_VERSION`
