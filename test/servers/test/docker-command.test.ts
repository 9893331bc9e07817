import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  composeCommands,
  composeEnvironment,
  composeOverride,
  parsePort,
  portVariable,
  SERVICES,
  serviceOf,
} from '@ormutex-test/servers/docker-command'
import { repositoryRoot } from '@ormutex-test/servers/workspace'

describe('the commands for Docker', () => {
  it('bring one service up in a project of its own, and take it down with its data', () => {
    const { up, port, down } = composeCommands('ormutex-7', 'mysql-9', ['a.yml', 'b.json'])
    const compose = ['compose', '-p', 'ormutex-7', '-f', 'a.yml', '-f', 'b.json']
    assert.deepEqual(up, [...compose, 'up', '-d', '--wait', 'mysql-9'])
    assert.deepEqual(port, [...compose, 'port', 'mysql-9', '3306'])
    assert.deepEqual(down, [...compose, 'down', '--volumes', '--remove-orphans', '--timeout', '0'])
  })

  it('ask for a free port', () => {
    assert.deepEqual(composeEnvironment('mariadb-10.11', 'x'), {
      ORMUTEX_MARIADB_10_11_PORT: '0',
      ORMUTEX_PASSWORD: 'x',
    })
  })

  it('pass settings on word for word', () => {
    const override: unknown = JSON.parse(composeOverride('mysql-9', ['--a=1', '--b=$HOME']))
    assert.deepEqual(override, { services: { 'mysql-9': { command: ['--a=1', '--b=$$HOME'] } } })
  })

  it('read the port of an answer, and nothing else', () => {
    assert.equal(parsePort('127.0.0.1:49153\n'), 49_153)
    assert.throws(() => parsePort(''), /expected host:port/)
    assert.throws(() => parsePort('127.0.0.1:0'), /expected host:port/)
  })

  it('name the default service of each flavour', () => {
    assert.equal(serviceOf('mysql'), 'mysql-9')
    assert.equal(serviceOf('mariadb', ''), 'mariadb-10.11')
  })
})

describe('docker-compose.yml', () => {
  const text = readFileSync(join(repositoryRoot(), 'docker-compose.yml'), 'utf8')
  const services = text.slice(text.indexOf('\nservices:\n'))

  it('has the services that the commands are for', () => {
    const names = [...services.matchAll(/^ {2}(\S+):$/gm)].map(([, name]) => name)
    assert.deepEqual(new Set(names), new Set(SERVICES))
  })

  it('publishes each on loopback, at a port that the environment can choose', () => {
    for (const service of SERVICES) {
      const body = services.slice(services.indexOf(`\n  ${service}:`)).split('\n\n')[0] ?? ''
      assert.match(body, new RegExp(`'127\\.0\\.0\\.1:\\$\\{${portVariable(service)}:-\\d+\\}:3306'`))
      assert.match(body, new RegExp(`image: ${service.replace('-', ':')}\n`))
    }
  })
})
