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

/** A row of `arena list`. */
export interface ListedJob {
  name: string
  status: string
}

/**
 * The jobs that `arena list` printed; its columns are NAME, STATUS and more (pkg/commands/training/list.go, v0.15.5).
 */
export const readJobs = (text: string): ListedJob[] =>
  rowsBelow('NAME', text).map(([name = '', status = '']) => ({ name, status }))

/** The volumes that `arena data list` printed. */
export const readVolumes = (text: string): string[] => rowsBelow('NAME', text).map(([name = '']) => name)

/** A row of `arena data list`. */
export interface ListedVolume {
  name: string
  description: string
  owner: string
}

/**
 * The same with what it says of each; undefined without a heading. Cells begin where headings do, counted in
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

/**
 * The words of each line after the one that begins with a heading; what a login or a log says before it is passed
 * over.
 */
const rowsBelow = (heading: string, text: string): string[][] => {
  const lines = text.split('\n').map((line) => line.trim().split(/\s+/))
  const head = lines.findIndex(([first]) => first === heading)
  return head === -1 ? [] : lines.slice(head + 1).filter(([first]) => first !== '')
}
