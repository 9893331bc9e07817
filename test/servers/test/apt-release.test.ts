import assert from 'node:assert/strict'
import { mainArchive, newestPackage, parseOsRelease, sourcesFor, type Release } from '@ormutex-test/servers/apt-release'
import { parseListSources } from '@ormutex-test/servers/apt-sources'

const DEBIAN: Release = { distribution: 'debian', codename: 'bookworm' }
const UBUNTU: Release = { distribution: 'ubuntu', codename: 'noble' }

const debianSources = parseListSources(`
deb [signed-by=/keys/vendor.gpg] http://vendor.test/10.11/debian bookworm main
deb http://docker.test/linux/debian bookworm stable
deb http://archive.test/debian-security bookworm-security main
deb [signed-by=/keys/debian.gpg] http://archive.test/debian bookworm main contrib
deb http://archive.test/debian bookworm-updates main
deb http://archive.test/debian bookworm-backports main
`)

const ubuntuSources = parseListSources(`
deb http://archive.test/ubuntu noble main
deb http://archive.test/ubuntu noble universe
deb http://archive.test/ubuntu noble-security main universe
deb http://archive.test/ubuntu noble-proposed main
`)

describe('the release of a machine', () => {
  it('is what /etc/os-release says', () => {
    assert.deepEqual(parseOsRelease('ID=debian\nVERSION_CODENAME=bookworm\n'), DEBIAN)
    assert.deepEqual(parseOsRelease('ID=ubuntu\nID_LIKE=debian\nUBUNTU_CODENAME=noble\n'), UBUNTU)
  })

  it('is that of the base for a derivative', () => {
    const mint = 'ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_CODENAME=wilma\nUBUNTU_CODENAME=noble\n'
    assert.deepEqual(parseOsRelease(mint), UBUNTU)
  })

  it('is unknown for anything else', () => {
    assert.equal(parseOsRelease('ID=fedora\nVERSION_CODENAME=x\n'), undefined)
    assert.equal(parseOsRelease(''), undefined)
  })
})

describe('the archive that a server comes from', () => {
  it("is Debian's unstable suite at the main archive for MySQL", () => {
    assert.deepEqual(sourcesFor('mysql', debianSources, DEBIAN), [
      {
        uris: ['http://archive.test/debian'],
        suites: ['unstable'],
        components: ['main'],
        options: { 'Signed-By': '/keys/debian.gpg' },
      },
    ])
  })

  it("is the release with its updates for MariaDB, and no vendor's that uses other components", () => {
    assert.deepEqual(
      sourcesFor('mariadb', debianSources, DEBIAN).map(({ uris, suites }) => `${uris.join()} ${suites.join()}`),
      [
        'http://vendor.test/10.11/debian bookworm',
        'http://archive.test/debian-security bookworm-security',
        'http://archive.test/debian bookworm',
        'http://archive.test/debian bookworm-updates',
      ],
    )
  })

  it('is the release for servers to compare with, too', () => {
    for (const kind of ['redis', 'postgresql'] as const) {
      assert.deepEqual(sourcesFor(kind, debianSources, DEBIAN), sourcesFor('mariadb', debianSources, DEBIAN))
    }
  })

  it("is Ubuntu's own release for both", () => {
    for (const flavour of ['mysql', 'mariadb'] as const) {
      assert.deepEqual(
        sourcesFor(flavour, ubuntuSources, UBUNTU).map(
          ({ suites, components }) => `${suites.join()} ${components.join()}`,
        ),
        ['noble main', 'noble universe', 'noble-security main,universe'],
      )
    }
  })

  it('may go by the place of the release in the row', () => {
    const sources = parseListSources('deb http://archive.test/debian stable main')
    assert.deepEqual(mainArchive(sources, DEBIAN)?.uris, ['http://archive.test/debian'])
  })

  it('is missing where no source is for the release', () => {
    const sources = parseListSources('deb http://vendor.test/apt cloud-sdk-bookworm main')
    assert.deepEqual(sourcesFor('mysql', sources, DEBIAN), [])
    assert.deepEqual(sourcesFor('mariadb', sources, DEBIAN), [])
  })
})

describe('the package of a server', () => {
  it('is the one without a version where there is one', () => {
    assert.equal(
      newestPackage(['mysql-server-core-8.0', 'mysql-server-core'], 'mysql-server-core'),
      'mysql-server-core',
    )
  })

  it('is the newest by number, not by letter', () => {
    const names = ['m-core-8.0', 'm-core-10.6', 'm-core-9.7', 'm-core-dbg', 'm-core-extra-11.0']
    assert.equal(newestPackage(names, 'm-core'), 'm-core-10.6')
  })

  it('is missing where nothing has the name', () => {
    assert.equal(newestPackage(['m-core-dbg', 'm-core-extra-11.0'], 'm-core'), undefined)
  })
})
