/** Makes what follows from a key once, however often it is asked for. */
export const remembered = <K, V>(make: (key: K) => V): ((key: K) => V) => {
  const known = new Map<K, { value: V }>()
  return (key) => {
    const { value } = known.get(key) ?? { value: make(key) }
    known.set(key, { value })
    return value
  }
}

/** Keeps what follows from an object alone, so that it is made once for what is wanted on many machines. */
export const onceFor = <V>(): ((object: object, make: () => V) => V) => {
  const known = new WeakMap<object, { value: V }>()
  return (object, make) => {
    const { value } = known.get(object) ?? { value: make() }
    known.set(object, { value })
    return value
  }
}
