/**
 * Why a command of Arena failed: what it, or the kubectl that it runs, calls an error, without the exit status of
 * that. What Arena does afterwards comes last, and says nothing about it.
 */
export const readFailure = (text: string): string => {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const errors = lines
    .flatMap((line) => {
      const logged = /\blevel=(?:error|fatal) msg="(.*)"/.exec(line)?.[1]?.replaceAll('\\"', '"')
      return logged ?? (/^\s*error\b/i.test(line) ? line : [])
    })
    .filter((said) => !/^exit status \d+$/.test(said))
  return (errors.length > 0 ? errors : lines.slice(-3)).join(' ')
}

/**
 * The names that `arena list` or `arena data list` printed, whose first column is NAME (pkg/commands/training/list.go,
 * v0.15.5); what a login or a log says before it is passed over.
 */
export const readNames = (text: string): string[] => {
  const words = text.split('\n').map((line) => line.trim().split(/\s+/)[0]!)
  const heading = words.indexOf('NAME')
  return heading === -1 ? [] : words.slice(heading + 1).filter((word) => word !== '')
}

/** A row of `arena data list`. */
export interface ListedVolume {
  name: string
  description: string
  owner: string
}

/**
 * What `arena data list` printed of each volume; undefined without a heading. Cells begin where headings do, counted in
 * characters.
 */
export const readVolumeTable = (text: string): ListedVolume[] | undefined => {
  const lines = text.split('\n').filter(Boolean)
  const [heading, ...rows] = lines.slice(lines.findIndex((line) => line.startsWith('NAME ')))
  if (!heading?.startsWith('NAME ')) return undefined
  const cell = (row: string, from: string, to: string): string =>
    [...row].slice(heading.indexOf(from), heading.indexOf(to)).join('').trim()
  return rows.map((row) => ({
    name: cell(row, 'NAME', 'ACCESSMODE'),
    description: cell(row, 'DESCRIPTION', 'OWNER'),
    owner: cell(row, 'OWNER', 'AGE'),
  }))
}
