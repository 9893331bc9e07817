import { GAP } from './transaction-ends.js'

/**
 * Statements of which it is known that the transaction they are sent in is the same afterwards, if they succeed. Not among them, besides
 * COMMIT and the like: DDL and whatever else commits by itself (MySQL 8.4 manual, section 15.3.3), CALL, which may do anything, and SET,
 * which may turn autocommit on.
 */
const KEEPS = new RegExp(
  `^(?:${GAP}|\\()*(?:select|insert|update|delete|replace|with|values|table|explain|show|do|savepoint|release${GAP}+savepoint|` +
    `rollback${GAP}+(?:work${GAP}+)?to)\\b`,
  'i',
)

/** Several statements in one, or a comment that the server runs. What merely looks like that, in a literal, is no loss. */
const MORE = /;\s*\S|\/\*M?!/

/**
 * Whether a transaction is certain to go on after a statement that succeeded.
 *
 * @param sql the statement
 */
export function keepsTransaction(sql: string): boolean {
  return KEEPS.test(sql) && !MORE.test(sql)
}
