import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'

/** Somebody whom the directory has. */
export interface Entry {
  uid: number
  gid: number
  home?: string
}

export interface LdapGroup {
  gid: number
  members: readonly string[]
}

const SUFFIX = 'dc=corp,dc=example,dc=com'
const ADMIN = `-x -H ldapi:/// -D cn=admin,${SUFFIX} -w unguarded`

const entryOf = (name: string, { uid, gid, home = `/home/${name}` }: Entry): string => `
dn: uid=${name},${SUFFIX}
objectClass: inetOrgPerson
objectClass: posixAccount
cn: ${name}
sn: ${name}
uid: ${name}
uidNumber: ${uid}
gidNumber: ${gid}
homeDirectory: ${home}
loginShell: /bin/bash
`

const groupOf = (name: string, { gid, members }: LdapGroup): string => `
dn: cn=${name},${SUFFIX}
objectClass: posixGroup
cn: ${name}
gidNumber: ${gid}
${members.map((member) => `memberUid: ${member}\n`).join('')}`

/** OpenLDAP on a client machine, which asks it by nslcd after its own files; of a sandbox with `ldap`. */
export const ldap = async (host: string, state: SandboxState) => {
  const on = (script: string): Promise<string> => runOn(host, script, state)
  const add = (entries: string): Promise<string> => on(`ldapadd ${ADMIN} >/dev/null <<'END'\n${entries}\nEND`)
  await on(`mkdir -p /var/lib/corp /run/slapd /run/nslcd && chown nslcd:nslcd /run/nslcd
cat >/etc/ldap/corp.conf <<'END'
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/nis.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
database mdb
suffix ${SUFFIX}
rootdn cn=admin,${SUFFIX}
rootpw unguarded
directory /var/lib/corp
END
printf 'uid nslcd\\ngid nslcd\\nuri ldapi:///\\nbase ${SUFFIX}\\n' >/etc/nslcd.conf
printf 'passwd: files ldap\\ngroup: files ldap\\nshadow: files ldap\\n' >/etc/nsswitch.conf
slapd -f /etc/ldap/corp.conf -h ldapi:/// >/dev/null 2>&1 </dev/null
nslcd >/dev/null 2>&1 </dev/null`)
  await add(`dn: ${SUFFIX}\nobjectClass: dcObject\nobjectClass: organization\no: corp\ndc: corp`)
  return {
    on,
    addUser: (name: string, entry: Entry) => add(entryOf(name, entry)),
    addGroup: (name: string, group: LdapGroup) => add(groupOf(name, group)),
    modify: (dn: string, change: string) =>
      on(`ldapmodify ${ADMIN} >/dev/null <<'END'\ndn: ${dn},${SUFFIX}\nchangetype: modify\n${change}\nEND`),
  }
}
