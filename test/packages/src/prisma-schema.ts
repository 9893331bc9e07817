const MODEL = `model Counter {
  name  String @id @db.VarChar(191)
  value Int

  @@map("counters")
}
`

/** For JavaScript, and with Prisma 7 also for TypeScript. */
export function prismaSchema(major: number): string {
  return [
    generator('js', { provider: 'prisma-client-js', engineType: 'client', output: 'generated-js' }),
    major < 7
      ? ''
      : generator('ts', {
          provider: 'prisma-client',
          output: 'typescript/generated',
          moduleFormat: 'esm',
          generatedFileExtension: 'ts',
          importFileExtension: 'js',
        }),
    // Prisma 6 wants one here; what is used is the driver adapter's.
    `datasource db {\n  provider = "mysql"\n${major < 7 ? '  url = env("DATABASE_URL")\n' : ''}}`,
    MODEL,
  ].join('\n')
}

function generator(name: string, settings: Readonly<Record<string, string>>): string {
  const lines = Object.entries(settings).map(([key, value]) => `  ${key} = "${value}"`)
  return `generator ${name} {\n${lines.join('\n')}\n}\n`
}
