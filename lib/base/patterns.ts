/** Whether a pattern with `*` and `?`, as in ssh_config, known_hosts and --limit, is the whole text. */
const matchesPattern = (pattern: string, text: string): boolean => {
  const source = pattern
    .replaceAll(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, 's').test(text)
}

/** Whether a list of patterns means one of the texts: at least one matches, and no `!pattern` does. */
export const matchesList = (patterns: readonly string[], texts: readonly string[]): boolean => {
  const hit = (pattern: string) => texts.some((text) => matchesPattern(pattern, text))
  return patterns.some(hit) && !patterns.some((pattern) => pattern.startsWith('!') && hit(pattern.slice(1)))
}
