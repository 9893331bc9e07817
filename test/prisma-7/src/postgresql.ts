export { PrismaClient } from '../other-providers/generated/postgresql/index.js'
