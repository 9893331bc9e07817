export { PrismaClient } from '../generated-js/index.js'
