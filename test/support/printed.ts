/** What a command printed: one line for each line given, indentation taken off. */
export const printed = (text: string): string =>
  `${text
    .trim()
    .split('\n')
    .map((line) => line.trimStart())
    .join('\n')}\n`

/** A file in an archive; mode 0600 unless said. */
export interface Packed {
  path: string
  content: string
  uid: number
  mode?: string
}

/** A tar archive of files, as GNU tar writes it. */
export const tar = (...files: readonly Packed[]): Buffer =>
  Buffer.concat([
    ...files.flatMap(({ path, content, uid, mode = '0600' }) => entry(path, content, uid, mode)),
    Buffer.alloc(1024),
  ])

/** Files as the script prints that reads them from a machine on which they stay as they are. */
export const filesRead = (...files: readonly Packed[]): Buffer => {
  const archive = tar(...files)
  return Buffer.concat([Buffer.from(`${archive.length + 65_536}\n`), archive])
}

const entry = (path: string, content: string, uid: number, mode: string): Buffer[] => {
  const bytes = Buffer.from(content)
  const header = Buffer.alloc(512)
  const octal = (value: number, length: number): string => value.toString(8).padStart(length - 1, '0')
  header.write(path, 0)
  header.write(octal(Number.parseInt(mode, 8), 8), 100)
  header.write(octal(uid, 8), 108)
  header.write(octal(uid, 8), 116)
  header.write(octal(bytes.length, 12), 124)
  header.write('0', 156)
  header.write('ustar  ', 257)
  return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]
}
