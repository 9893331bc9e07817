/**
 * What came instead of what was expected, for a message: the kind of a value and, only for numbers, the value itself.
 * Strings and objects are never quoted, since a caller may have mixed up its arguments and passed a secret.
 *
 * @param value anything
 * @example
 * throw new TypeError(`label must be a string, got ${describeValue(value)}`) // … got an array of 3
 */
export function describeValue(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return `an array of ${value.length}`
  switch (typeof value) {
    case 'undefined':
      return 'undefined'
    case 'number':
    case 'boolean':
      return String(value)
    case 'bigint':
      return `the bigint ${value}`
    case 'string':
      return value === '' ? 'an empty string' : 'a string'
    case 'function':
      return 'a function'
    case 'symbol':
      return 'a symbol'
    default: {
      const name = value.constructor?.name
      return name === undefined || name === 'Object' ? 'an object' : `an object of class ${name}`
    }
  }
}
