import { setFlagsFromString } from 'node:v8'

/**
 * From here on V8 collects garbage sooner than it would where there is much memory: there it lets young objects take up
 * to 128 MB, and collects the others once they are four times what was alive. It reads both flags at each collection.
 */
export const keepHeapSmall = (): void => {
  setFlagsFromString('--semi-space-growth-factor=1')
  setFlagsFromString('--heap-growing-percent=100')
}
