#!/bin/sh
# @kubernetes/client-node 2.0.1 looks for a token in the file that `token-file` of a user names and passes over
# `tokenFile`, which is what kubectl reads: requests go without credentials, as anonymous, and nothing is said.
# Output: tokenFile: none, token-file: Bearer of-the-file
set -eu
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"
echo '{ "private": true }' > package.json
npm install --silent --no-audit --no-fund @kubernetes/client-node@2.0.1 node@24.21.0
printf of-the-file > token

cat > token-file.mjs <<'END'
import { createServer } from 'node:http'
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node'

const seen = []
const server = createServer((request, response) => {
  seen.push(request.headers.authorization ?? 'none')
  response.setHeader('content-type', 'application/json')
  response.end('{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[]}')
})
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const fields = ['tokenFile', 'token-file']
for (const field of fields) {
  const config = new KubeConfig()
  config.loadFromString(`
apiVersion: v1
kind: Config
clusters:
- name: cluster
  cluster: { server: "http://127.0.0.1:${server.address().port}", insecure-skip-tls-verify: true }
users:
- name: user
  user: { ${field}: "${process.cwd()}/token" }
contexts:
- name: context
  context: { cluster: cluster, user: user }
current-context: context
`)
  await config.makeApiClient(CoreV1Api).listNamespacedPod({ namespace: 'default' })
}
server.close()
console.log(fields.map((field, index) => `${field}: ${seen[index]}`).join(', '))
END

seen=$(node_modules/node/bin/node token-file.mjs)
echo "$seen"
[ "$seen" = 'tokenFile: none, token-file: Bearer of-the-file' ]
