import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeSeed } from './client.ts'
import { requireCommands, run } from './command.ts'
import { exists } from './files.ts'
import { exclusive } from './lock.ts'
import { CHECKOUT } from './state.ts'
import { cacheDirectory, type Progress } from './tools.ts'

/** What a client machine has beyond this machine's own packages. */
const PACKAGES = ['openssh-server', 'sudo']

/** Files of this machine that the layer shadows: when one changes, the layer is made anew. */
const SHADOWED = ['os-release', 'passwd', 'group', 'shadow', 'gshadow'].map((name) => `/etc/${name}`)

const layerKey = async (): Promise<string> => {
  const hash = createHash('sha256').update(PACKAGES.join(' '))
  for (const path of [...SHADOWED, '/var/lib/dpkg/status'])
    hash.update(`\0${path}\0`).update(await readFile(path).catch(() => ''))
  return hash.digest('hex').slice(0, 16)
}

/**
 * The tar archive of what installing a client machine's packages changes on this machine; made once, with apt, in
 * a machine that is thrown away, so that this one stays as it is.
 */
export const prepareLayer = async (progress: Progress): Promise<string> => {
  const layer = join(cacheDirectory(), 'client-layer', `${await layerKey()}.tar`)
  if (await exists(layer)) return layer
  return exclusive(
    layer,
    async () => {
      if (await exists(layer)) return layer
      await requireCommands({ 'apt-get': 'apt' })
      progress(`client machines: installing ${PACKAGES.join(', ')} into their common layer, once`)
      const begun = Date.now()
      await mkdir(join(cacheDirectory(), 'client-layer'), { recursive: true, mode: 0o700 })
      const home = await mkdtemp(join(tmpdir(), 'arena-sandbox-layer-'))
      try {
        await writeSeed(home, 'layer', {})
        const script = join(CHECKOUT, 'sandbox/machine/layer.sh')
        const partial = `${layer}.partial`
        await run(
          'client machines',
        )`unshare --mount --propagation private -- sh ${script} ${home} ${partial} ${PACKAGES}`
        await rename(partial, layer)
      } finally {
        await rm(home, { recursive: true, force: true })
      }
      progress(`client machines: layer made in ${Math.round((Date.now() - begun) / 1000)} s`)
      return layer
    },
    () => progress('waiting for another run that makes the layer of the client machines'),
  )
}
