#!/bin/sh
# @kubernetes/client-node 2.0.1 passes over fields of a kubeconfig that kubectl heeds, and says nothing. Of a user it
# acts as whom `as` names and leaves out `as-groups` and `as-uid`: what a binding gives to a group is then refused. And
# it looks for a token in the file that `token-file` names, not `tokenFile`: requests go without credentials, as
# anonymous.
# Output: for each of these users of a kubeconfig, what its request said of who it is
set -eu
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"
echo '{ "private": true }' > package.json
npm install --silent --no-audit --no-fund @kubernetes/client-node@2.0.1 node@24.21.0
printf of-the-file > token

cat > fields.mjs <<'END'
import { createServer } from 'node:http'
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node'

const TOLD = ['authorization', 'impersonate-user', 'impersonate-group', 'impersonate-uid']
const server = createServer(({ headers }, response) => {
  console.log(TOLD.flatMap((name) => (name in headers ? [`${name}: ${headers[name]}`] : [])).join(', ') || 'nothing')
  response.setHeader('content-type', 'application/json')
  response.end('{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[]}')
})
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const file = `${process.cwd()}/token`
for (const user of [
  { token: 't', as: 'alice', 'as-groups': ['team'], 'as-uid': '7' },
  { tokenFile: file },
  { 'token-file': file },
]) {
  const config = new KubeConfig()
  const cluster = { server: `http://127.0.0.1:${server.address().port}`, 'insecure-skip-tls-verify': true }
  config.loadFromString(
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster }],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    }),
  )
  await config.makeApiClient(CoreV1Api).listNamespacedPod({ namespace: 'default' })
}
server.close()
END

seen=$(node_modules/node/bin/node fields.mjs)
echo "$seen"
[ "$seen" = 'authorization: Bearer t, impersonate-user: alice
nothing
authorization: Bearer of-the-file' ]
