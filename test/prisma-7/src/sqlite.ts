export { PrismaClient } from '../other-providers/generated/sqlite/index.js'
