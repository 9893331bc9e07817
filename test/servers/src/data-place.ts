import { access, constants, mkdir, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { serversCache } from './workspace.js'

const SHARED_MEMORY = '/dev/shm'
/** Not where TMPDIR leads: that may be closed to other accounts, too. */
const PUBLIC = '/tmp'
/** statfs(2): TMPFS_MAGIC. */
const TMPFS = 0x01021994
const NEEDED_BYTES = 512 * 2 ** 20

/**
 * The folder for data directories: in memory where that is large enough, since nothing in them is to last.
 * `isPublic` asks for one that every account can reach.
 */
export async function dataPlace({ isPublic = false }: { isPublic?: boolean } = {}): Promise<string> {
  if (await hasRoomInMemory()) return SHARED_MEMORY
  // The way to the cache may be closed to another account, as it is below /root.
  if (isPublic) return PUBLIC
  const folder = join(serversCache(), 'data')
  await mkdir(folder, { recursive: true })
  return folder
}

async function hasRoomInMemory(): Promise<boolean> {
  try {
    await access(SHARED_MEMORY, constants.W_OK | constants.X_OK)
    const { type, bavail, bsize } = await statfs(SHARED_MEMORY)
    return type === TMPFS && bavail * bsize >= NEEDED_BYTES
  } catch {
    return false
  }
}
