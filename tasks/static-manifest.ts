// A file that API servers read when they start and whenever it changes: policies that no request to the API takes away.
import * as z from 'zod'
import { KEEP, PLAIN_PATH, resourceType, sh, yaml } from '../lib/task.ts'

const schema = z.strictObject({
  /** Absolute. */
  file: z.string().regex(PLAIN_PATH),
  content: z.record(z.string(), z.unknown()),
  /** What the admin does once it is new. */
  next: z.string(),
})

interface Have {
  content: string
  /** Uid of its owner and mode, as `stat` prints them; another kind of file where it is none. */
  access: string
}

/** Whoever may write it writes policies; there is no secret in it. */
const ACCESS = '0 644 file'

const HEAD = '# Written by arena-playbooks: setup undoes what is changed here.\n'
const textOf = (content: object): string =>
  `${HEAD}${yaml().stringify(content, { lineWidth: 0, aliasDuplicateObjects: false })}`

const directoryOf = (file: string): string => file.slice(0, file.lastIndexOf('/'))

export const staticManifest = resourceType<typeof schema, Have, true>({
  kind: 'static-manifest',
  on: 'host',
  schema,
  id: ({ file }) => file,

  observe: (wants) => ({
    probes: wants.map(({ file }) => ({
      id: file,
      script: sh`[ ! -e ${file} ] && [ ! -L ${file} ] || {
  [ -L ${file} ] && is=link || { [ -f ${file} ] && is=file || is=other; }
  access=$(stat -c '%u %a' ${file}) && printf '%s %s\\n' "$access" "$is" && { [ ! -f ${file} ] || cat ${file}; }
}`,
    })),
    programs: ['stat'],
    read: (answers) => ({
      find({ file }) {
        const answer = answers.text(file)
        if (answer === '') return undefined
        const end = answer.indexOf('\n')
        return { access: answer.slice(0, end), content: answer.slice(end + 1) }
      },
    }),
  }),

  plan({ file, content: wanted, next }, have) {
    const content = textOf(wanted)
    const diffs = [
      ...(have?.content === content ? [] : [{ field: 'content', from: have?.content, to: content }]),
      ...(have === undefined || have.access === ACCESS
        ? []
        : [{ field: 'access', from: have.access, to: ACCESS }]),
    ]
    if (diffs.length === 0) return KEEP
    const directory = directoryOf(file)
    // Written in place, it would be read half written, and then none of its policies would be in force.
    const script = sh`umask 022
mkdir -p ${directory} && [ -d ${directory} ] || exit 1
part=${directory}/.arena-playbooks.$$
trap 'rm -f "$part"' EXIT
set -C
printf %s ${content} > "$part" || exit 1
chmod 644 "$part" && mv -f "$part" ${file}`
    return {
      op: have === undefined ? 'create' : 'update',
      diffs,
      steps: [{ do: 'run', script }],
      warnings: [next],
    }
  },

  value: (_, have) => (have === undefined ? undefined : true),
})
