/** Keeps what follows from an object alone, so that it is made once for what is wanted on many machines. */
export const onceFor = <V>(): ((object: object, make: () => V) => V) => {
  const known = new WeakMap<object, { value: V }>()
  return (object, make) => {
    const { value } = known.get(object) ?? { value: make() }
    known.set(object, { value })
    return value
  }
}
