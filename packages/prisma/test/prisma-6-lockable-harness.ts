import { prismaHarness } from './harness.js'
import { PRISMA_6 } from './versions.js'

export const harness = prismaHarness(PRISMA_6, 'lockable')
