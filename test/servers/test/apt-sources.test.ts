import assert from 'node:assert/strict'
import { formatDeb822Sources, parseDeb822Sources, parseListSources } from '@ormutex-test/servers/apt-sources'

const DEBIAN = `
Types: deb
# http://snapshot.test/archive/debian/20260101T000000Z
URIs: http://archive.test/debian
Suites: trixie trixie-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb deb-src
URIs: http://archive.test/debian-security
Suites: trixie-security
Components: main contrib
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mDMEY865UxYJKwYBBAHaRw8BAQdA
 -----END PGP PUBLIC KEY BLOCK-----

Enabled: no
Types: deb
URIs: http://archive.test/debian
Suites: trixie-backports
Components: main

Types: deb-src
URIs: http://archive.test/debian
Suites: trixie
Components: main
`

const UBUNTU = `# See the manual page
deb http://archive.test/ubuntu jammy main restricted
# deb-src http://archive.test/ubuntu jammy main restricted
deb [arch=amd64,arm64 signed-by=/usr/share/keyrings/a.gpg trusted=yes] http://archive.test/ubuntu jammy-updates universe # later
#deb http://archive.test/ubuntu jammy-backports main
deb-src http://archive.test/ubuntu jammy main
deb [ by-hash=force ] file:/srv/flat ./
`

describe('the sources of apt', () => {
  it('reads stanzas, without those that are disabled or have no binaries', () => {
    assert.deepEqual(
      parseDeb822Sources(DEBIAN).map(({ uris, suites, components }) => ({ uris, suites, components })),
      [
        { uris: ['http://archive.test/debian'], suites: ['trixie', 'trixie-updates'], components: ['main'] },
        {
          uris: ['http://archive.test/debian-security'],
          suites: ['trixie-security'],
          components: ['main', 'contrib'],
        },
      ],
    )
  })

  it('keeps the options of a stanza, a key over several lines included', () => {
    const [first, second] = parseDeb822Sources(DEBIAN)
    assert.deepEqual(first?.options, { 'Signed-By': '/usr/share/keyrings/debian-archive-keyring.gpg' })
    assert.match(second?.options['Signed-By'] ?? '', /^\n -----BEGIN[^]*\n \.\n mDME[^]*END PGP PUBLIC KEY BLOCK-----$/)
  })

  it('takes field names in any case and Windows line ends', () => {
    const [source] = parseDeb822Sources(
      'types: deb\r\nuris: http://archive.test/debian\r\nsuites: sid\r\ncomponents: main\r\n',
    )
    assert.deepEqual(source, {
      uris: ['http://archive.test/debian'],
      suites: ['sid'],
      components: ['main'],
      options: {},
    })
  })

  it('reads lines, without comments and sources', () => {
    assert.deepEqual(parseListSources(UBUNTU), [
      {
        uris: ['http://archive.test/ubuntu'],
        suites: ['jammy'],
        components: ['main', 'restricted'],
        options: {},
      },
      {
        uris: ['http://archive.test/ubuntu'],
        suites: ['jammy-updates'],
        components: ['universe'],
        options: { Architectures: 'amd64 arm64', 'Signed-By': '/usr/share/keyrings/a.gpg', Trusted: 'yes' },
      },
      { uris: ['file:/srv/flat'], suites: ['./'], components: [], options: { 'By-Hash': 'force' } },
    ])
  })

  it('writes what it can read again', () => {
    for (const sources of [parseDeb822Sources(DEBIAN), parseListSources(UBUNTU)]) {
      assert.deepEqual(parseDeb822Sources(formatDeb822Sources(sources)), sources)
    }
  })
})
