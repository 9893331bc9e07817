import { prismaHarness } from './harness.js'
import { PRISMA_7 } from './versions.js'

export const harness = prismaHarness(PRISMA_7, 'lockable')
