/**
 * For a program that is tested: where programs are to be found, and nothing else of whoever runs the tests. The rest would lead it to
 * another database, or change what it writes.
 */
export function bareEnvironment(): NodeJS.ProcessEnv {
  const { PATH, LD_LIBRARY_PATH } = process.env
  return { PATH, LD_LIBRARY_PATH }
}
