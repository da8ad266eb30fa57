import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'

const IMAGE = '/var/lib/one-disk.img'

/** A file system of its own on the loop device whose number it prints; the device goes with the last mount. */
const make = (path: string): string => `set -e
truncate -s 64M ${IMAGE}
mke2fs -q -t ext4 ${IMAGE}
[ -e /dev/loop-control ] || mknod -m 600 /dev/loop-control c 10 237
mkdir -p ${path}
for attempt in 1 2 3 4 5; do
  loop=$(losetup -f)
  [ -e "$loop" ] || mknod -m 600 "$loop" b 7 "\${loop#/dev/loop}"
  if mount -o loop="$loop" ${IMAGE} ${path}; then echo "$loop"; exit; fi
done
exit 1`

/** Mounts one file system at a path on both client machines, as an NFS share is; resolves with what takes it away. */
export const oneDisk = async (path: string, state: SandboxState): Promise<() => Promise<void>> => {
  const loop = (await runOn('client01', make(path), state)).trim()
  await runOn(
    'client02',
    `mkdir -p ${path} && { [ -e ${loop} ] || mknod -m 600 ${loop} b 7 ` +
      `${loop.slice('/dev/loop'.length)}; } && mount ${loop} ${path}`,
    state,
  )
  return async () => {
    await runOn('client02', `umount ${path}`, state)
    await runOn('client01', `umount ${path} && rm -f ${IMAGE}`, state)
  }
}
