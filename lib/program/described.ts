/** What is said of whatever a command line starts. */
export interface Described {
  /** Of its file: `playbooks/<name>.ts`. */
  name: string
  /** One sentence, shown by `--help`. */
  description: string
  /** Arguments that could be given, shown by `--help`. */
  example?: string
}
