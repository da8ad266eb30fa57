/**
 * Does work for each thing, so many at once, and takes the next thing only when there is room: of many that are made
 * as they are asked for, few are there at a time. The results are in the order of the things.
 */
export const atMost = async <T, R>(
  most: number,
  things: Iterable<T>,
  work: (thing: T) => Promise<R>,
): Promise<R[]> => {
  const results: R[] = []
  const left = things[Symbol.iterator]()
  let taken = 0
  const worker = async (): Promise<void> => {
    for (let next = left.next(); next.done !== true; next = left.next()) {
      const index = taken++
      results[index] = await work(next.value)
    }
  }
  await Promise.all(Array.from({ length: most }, worker))
  return results
}
