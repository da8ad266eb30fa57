// Holes that are made for real, and what verify prints against each: the repairs are run as they are printed.

/** Something that lets somebody do what they should not. */
export interface Hole {
  sentence: string
  /** Shell for root on client01, or for the cluster's admin. */
  make: string
  /** Every failure that tells of it. */
  said: readonly RegExp[]
  /** Commands that are printed for it, or how they begin. */
  prints?: readonly string[]
  /** What a person does where the repair is no command, or not all of it. */
  mend?: string
  /** Awaits that the cluster has taken note of the repair. */
  noted?: string
  /** Takes away what the repair leaves. */
  clear?: string
}

/** What they are, for the title of a test. */
export const sentencesOf = (round: readonly Hole[]): string =>
  round.map(({ sentence }) => sentence).join('; ')

const volume = (name: string, path: string, claim?: string): string =>
  `kubectl apply -f - <<'EOF'
apiVersion: v1
kind: PersistentVolume
metadata: { name: ${name} }
spec:
  capacity: { storage: 5Gi }
  accessModes: [ReadWriteMany]
  persistentVolumeReclaimPolicy: Retain
  ${claim === undefined ? '' : `claimRef: { namespace: ${claim.split('/')[0]}, name: ${claim.split('/')[1]} }`}
  csi:
    driver: nasplugin.csi.alibabacloud.com
    volumeHandle: ${name}
    volumeAttributes: { server: nas.sandbox.test, path: ${path} }
EOF
`

const SPY =
  /^G2 hold1\/hold1-public: .*: PersistentVolume hold-spy, .*\/hold\/1, \w+ → kubectl delete pv hold-spy$/

/** The quota controller needs a moment to write what it counts; before that nothing counts. */
const counted = (key: string, quota = 'mine'): string =>
  `kubectl wait quota/${quota} -n hold2 --for=jsonpath='{.status.used.${key}}' --timeout=300s`

/** Those of a round are there at once: none hides another, and no repair mends what another is printed for. */
export const CLUSTER_ROUNDS: readonly (readonly Hole[])[] = [
  [
    {
      sentence: "a second volume for another group's directory, which any claim can take",
      make: volume('hold-spy', '/hold/1'),
      said: [SPY],
      prints: ['kubectl delete pv hold-spy'],
    },
    {
      sentence: 'a quota key that is not enforced',
      make: 'kubectl create quota mine -n hold2 --hard=nvidia.com/gpu=2',
      said: [
        /^F3 hold2: the quota mine .*: nvidia\.com\/gpu → kubectl patch resourcequota mine .*requests\.nvidia\.com/,
      ],
      prints: [
        `kubectl patch resourcequota mine -n hold2 --type json -p ` +
          `'[{"op":"move","from":"/spec/hard/nvidia.com~1gpu","path":"/spec/hard/requests.nvidia.com~1gpu"}]'`,
      ],
      noted: counted('requests\\.nvidia\\.com/gpu'),
      clear: 'kubectl delete quota mine -n hold2',
    },
    {
      sentence: 'a user who may work where no quota holds',
      make: `kubectl create namespace hold-attic
kubectl create role maker -n hold-attic --verb=create --resource=pods
kubectl create rolebinding maker -n hold-attic --role=maker --serviceaccount=hold1:hold-ann`,
      said: [
        /^F7 hold-ann: .*: RoleBinding hold-attic\/maker .*: pods → kubectl delete rolebinding maker -n hold-attic$/,
      ],
      clear: 'kubectl delete namespace hold-attic',
    },
    {
      sentence: "a binding to the group's default service account",
      make: 'kubectl create clusterrolebinding hold-oops --clusterrole=view --serviceaccount=hold1:default',
      said: [
        /^I1 hold1: .* hold-oops of ClusterRole view: {2}→ kubectl delete clusterrolebinding hold-oops$/,
      ],
    },
    {
      sentence: 'a stranger in a binding beside somebody who may be in it',
      make: `kubectl create rolebinding guests -n hold1 --clusterrole=view --user=hold-eve
kubectl patch rolebinding guests -n hold1 --type json -p '[{"op":"add","path":"/subjects/0","value":
{"kind":"Group","apiGroup":"rbac.authorization.k8s.io","name":"hold-known"}}]'`,
      said: [/^C8 user hold-eve: /],
      prints: ["kubectl patch rolebinding guests -n hold1 --type json -p '[{"],
      clear: 'kubectl delete rolebinding guests -n hold1',
    },
    {
      sentence: 'a token that was made by hand',
      make: `kubectl apply -f - <<'EOF'
apiVersion: v1
kind: Secret
metadata: { name: hold-old, namespace: hold1, annotations: { kubernetes.io/service-account.name: hold-ann } }
type: kubernetes.io/service-account-token
EOF
`,
      said: [/^A6 hold-ann: .*: Secret hold1\/hold-old → kubectl delete secret hold-old -n hold1$/],
      prints: ['kubectl delete secret hold-old -n hold1'],
    },
    {
      sentence: 'a user who could raise their own quota',
      make: `kubectl create role raiser -n hold1 --verb=patch --resource=resourcequotas
kubectl create rolebinding raiser -n hold1 --role=raiser --serviceaccount=hold1:hold-ann`,
      said: [
        /^J1 hold-ann: .*hold1\/raiser .*: patch ResourceQuota hold1\/.* → kubectl delete rolebinding raiser -n hold1$/,
      ],
      prints: ['kubectl delete rolebinding raiser -n hold1'],
      clear: 'kubectl delete role raiser -n hold1',
    },
  ],
  [
    {
      sentence: 'a volume of all directories, bound in the other group',
      make: `${volume('hold-spy', '/hold', 'hold2/spy')}
kubectl apply -f - <<'EOF'
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: spy, namespace: hold2 }
spec:
  accessModes: [ReadWriteMany]
  storageClassName: ""
  volumeName: hold-spy
  resources: { requests: { storage: 5Gi } }
EOF
kubectl wait pvc/spy -n hold2 --for=jsonpath='{.status.phase}'=Bound --timeout=300s`,
      said: [
        /^G2 .*hold1-public.*: .* hold2: .* → kubectl delete pvc spy -n hold2 && kubectl delete pv hold-spy$/,
      ],
      prints: ['kubectl delete pvc spy -n hold2 && kubectl delete pv hold-spy'],
    },
    {
      sentence: 'a directory of the nodes that a group can mount by a claim',
      make: `kubectl apply -f - <<'EOF'
apiVersion: v1
kind: PersistentVolume
metadata: { name: hold-node }
spec:
  capacity: { storage: 1Gi }
  accessModes: [ReadWriteMany]
  persistentVolumeReclaimPolicy: Retain
  claimRef: { namespace: hold1, name: node }
  hostPath: { path: /var/lib/kubelet }
EOF
`,
      said: [/^E1 hold1: .* hold-node: \/var\/lib\/kubelet → kubectl delete pv hold-node$/],
    },
    {
      sentence: 'a foreign quota that leaves a group less',
      make: `kubectl create quota mine -n hold2 --hard=requests.cpu=500m
${counted('requests\\.cpu')}`,
      said: [/^F1 hold2: .* mine .*: requests\.cpu 500m → kubectl delete resourcequota mine -n hold2$/],
      prints: ['kubectl delete resourcequota mine -n hold2'],
    },
    {
      sentence: 'a binding for everybody who is logged in',
      make: 'kubectl create clusterrolebinding hold-oops --clusterrole=view --group=system:authenticated',
      said: [
        /^I2 system:authenticated: .* hold-oops of ClusterRole view: {2}→ kubectl delete clusterrolebinding hold-oops$/,
      ],
    },
    {
      sentence: 'a user who could open the network',
      make: `kubectl create role opener -n hold1 --verb=create --resource=networkpolicies.networking.k8s.io
kubectl create rolebinding opener -n hold1 --role=opener --serviceaccount=hold1:hold-ann`,
      said: [
        /^H6 hold-ann: .*hold1\/opener .*: create networkpolicies.* → kubectl delete rolebinding opener -n hold1$/,
      ],
      clear: 'kubectl delete role opener -n hold1',
    },
    {
      sentence: 'a volume whose data goes with its claim',
      make: `kubectl patch pv hold1-public -p '{"spec":{"persistentVolumeReclaimPolicy":"Delete"}}'`,
      said: [/^G6 hold1\/hold1-public: .*: PersistentVolume hold1-public → kubectl patch pv/],
      prints: [`kubectl patch pv hold1-public -p '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}'`],
    },
  ],
  [
    {
      sentence: 'a right for those who are not logged in',
      make: 'kubectl create clusterrolebinding hold-oops --clusterrole=view --user=system:anonymous',
      said: [
        /^I3 system:anonymous: .* hold-oops of ClusterRole view: {2}→ kubectl delete clusterrolebinding hold-oops$/,
        /^I3 system:anonymous: .*hold-oops.*: list namespaces in the whole cluster, /,
      ],
    },
    {
      sentence: 'a right that was added to what everybody has',
      make:
        `kubectl patch clusterrole system:basic-user --type json -p ` +
        `'[{"op":"add","path":"/rules/-","value":{"apiGroups":[""],"resources":["secrets"],"verbs":["list"]}}]'`,
      said: [/^I2 system:authenticated: .*: list secrets → kubectl patch clusterrole system:basic-user /],
      prints: ["kubectl patch clusterrole system:basic-user --type json -p '[{"],
    },
  ],
  [
    {
      sentence: 'a quota raised by hand',
      make:
        `kubectl patch quota hold1-compute-resources -n hold1 ` +
        `-p '{"spec":{"hard":{"requests.nvidia.com/gpu":"4"}}}'`,
      said: [/^F1 hold1: .*: requests\.nvidia\.com\/gpu is 4, not 1 → run setup/],
    },
    {
      sentence: 'a quota that was made anew for some pods only',
      make: `kubectl delete quota hold2-compute-resources -n hold2
kubectl apply -f - <<'EOF'
apiVersion: v1
kind: ResourceQuota
metadata:
  name: hold2-compute-resources
  namespace: hold2
  labels: { arena-playbooks/inventory: hold, arena-playbooks/group: hold2 }
spec:
  scopes: [NotTerminating]
  hard:
    requests.nvidia.com/gpu: 2
    requests.cpu: 8
    limits.cpu: 8
    requests.memory: 60Gi
    limits.memory: 60Gi
EOF
${counted('limits\\.memory', 'hold2-compute-resources')}`,
      said: [/^F1 hold2: .* scopes.* → run setup/],
    },
    {
      sentence: 'a LimitRange that was removed',
      make: 'kubectl delete limitrange hold2-container-defaults -n hold2',
      said: [/^F8 hold2: .*: cpu 1, memory 2Gi → run setup/],
    },
  ],
  [
    {
      sentence: 'a volume that is reserved for another claim of that name',
      make:
        `kubectl patch pv hold1-public --type json -p ` +
        `'[{"op":"replace","path":"/spec/claimRef/uid","value":"other"}]'`,
      said: [/^G1 hold1\/hold1-public: .*claimRef\.uid is other.* → run setup/],
      mend: `uid=$(kubectl get pvc hold1-public -n hold1 -o jsonpath='{.metadata.uid}')
kubectl patch pv hold1-public --type json -p '[{"op":"replace","path":"/spec/claimRef/uid","value":"'$uid'"}]'
kubectl wait pvc/hold1-public -n hold1 --for=jsonpath='{.status.phase}'=Bound --timeout=300s`,
    },
    {
      sentence: "an operator with rights of its own among a group's service accounts",
      make: `kubectl create serviceaccount operator -n hold1
kubectl create clusterrolebinding hold-oops --clusterrole=edit --serviceaccount=hold1:operator`,
      said: [/^I4 hold1: .* operator with ClusterRoleBinding hold-oops of ClusterRole edit: /],
      clear: 'kubectl delete serviceaccount operator -n hold1',
    },
    {
      sentence:
        'rights that wait for an account which an operator makes for whoever makes a job of that name',
      make: 'kubectl create clusterrolebinding hold-early --clusterrole=edit --serviceaccount=hold1:job-launcher',
      said: [/^I4 hold1: .* job-launcher with ClusterRoleBinding hold-early of ClusterRole edit: /],
    },
  ],
]

const ANN = '/home/hole-ann/.kube/config'

/** An administrator's kubeconfig, which only root may read. */
export const ADMIN_COPY = '/root/admin.conf'
/** A token of the cluster's own clusterrole-aggregation-controller, which only root may read. */
export const ROBOT_TOKEN = '/root/robot.token'

/** The same on client01. */
export const MACHINE_ROUNDS: readonly (readonly Hole[])[] = [
  // Copies of credentials: tokens are made anew.
  [
    {
      sentence: "a copy of a user's kubeconfig in root's open home",
      make: `install -m 644 ${ANN} /root/ann.config && chmod 755 /root`,
      prints: [
        'there: chmod 0600 /root/ann.config',
        'and make new tokens: npx tsx playbooks/rotate-credentials.ts <inventory> --now',
      ],
      clear: 'rm /root/ann.config && chmod 700 /root',
      said: [/^K1 hole-ben on client01: .*the token of hole-ann in \/root\/ann\.config → there: chmod 0600 /],
    },
    {
      sentence: 'a copy in /tmp under another name, in an object of the cluster, encoded',
      make:
        `{ printf 'token: '; sed -n 's/.*token: "\\(.*\\)"/\\1/p' ${ANN} | base64 -w0; } > ` +
        `/tmp/notes && chmod 644 /tmp/notes`,
      prints: ['there: chmod 0600 /tmp/notes'],
      clear: 'rm /tmp/notes',
      said: [/^K1 hole-ben on client01: .*the token of hole-ann in \/tmp\/notes/],
    },
    {
      sentence: 'a kubeconfig of the administrator that all may read',
      make:
        `mkdir -p /etc/kubernetes && printf 'current-context: a\\nusers: [{name: a, user: ` +
        `{client-key-data: "%s"}}]\\n' "$(head -c 60 /dev/zero | base64 -w0)" > /etc/kubernetes/admin.conf`,
      clear: 'rm -r /etc/kubernetes',
      said: [
        /^K1 hole-ann on client01, hole-ben on client01: .*a client key in \/etc\/kubernetes\/admin\.conf/,
      ],
    },
    {
      sentence: "a copy of the administrator's kubeconfig at home, made over to the user",
      make:
        `install -d -o hole-ann -m 700 /home/hole-ann/old && ` +
        `install -o hole-ann -m 600 ${ADMIN_COPY} /home/hole-ann/old/x`,
      prints: ['there: rm /home/hole-ann/old/x'],
      clear: 'rmdir /home/hole-ann/old',
      said: [
        /^K1 hole-ann on client01: .*the key of CN=sandbox-admin for this cluster in \/home\/hole-ann\/old\/x → /,
      ],
    },
    {
      sentence: "a copy of a colleague's kubeconfig at home, under another name, two levels deep",
      make:
        `install -d -o hole-ben -m 700 /home/hole-ben/papers && ` +
        `install -o hole-ben -m 600 ${ANN} /home/hole-ben/papers/x`,
      prints: [
        'there: rm /home/hole-ben/papers/x',
        'and make new tokens: npx tsx playbooks/rotate-credentials.ts <inventory> --now',
      ],
      clear: 'rmdir /home/hole-ben/papers',
      said: [/^K1 hole-ben on client01: .*the token of hole-ann in \/home\/hole-ben\/papers\/x → there: rm /],
    },
    {
      sentence: "a token of one of the cluster's own service accounts in a user's own notes",
      make: `install -o hole-ben -m 600 ${ROBOT_TOKEN} /home/hole-ben/notes.txt`,
      prints: ['there: rm /home/hole-ben/notes.txt'],
      said: [
        /^K1 hole-ben on client01: .*kube-system:clusterrole-aggregation-controller in \/home\/hole-ben\/notes/,
      ],
    },
    {
      sentence: 'accounts outside the inventory in a group of it: one beside their own, one as their own',
      make: `useradd -M -u 51020 -G hole1 hole-eve; useradd -M -u 51021 -g hole2 hole-fox
printf 'token: %s\\n' "$(sed -n 's/.*token: "\\(.*\\)"/\\1/p' ${ANN})" > /opt/eve.token
chown hole-eve /opt/eve.token && chmod 600 /opt/eve.token`,
      said: [
        /^K1 hole-eve on client01: .*hole-ann.* → there: rm /,
        /^K10 hole-eve on client01: .*: hole1 → /,
        /^K10 hole-fox on client01: .*: hole2 → /,
      ],
      prints: [
        'there: gpasswd -d hole-eve hole1',
        'there: usermod -g nogroup hole-fox',
        'there: rm /opt/eve.token',
      ],
      clear: 'userdel hole-eve; userdel hole-fox',
    },
    {
      sentence: 'copies of a kubeconfig beside the homes, and among the files of the machine',
      make: `mkdir -p /home/hole-common/kube && cp ${ANN} /home/hole-common/kube/config && cp ${ANN} /etc/hole.env
chmod 644 /home/hole-common/kube/config /etc/hole.env && chown root: /home/hole-common/kube/config /etc/hole.env`,
      said: [
        /^K1 hole-ben on client01: .*hole-ann in \/home\/hole-common\/kube\/config → /,
        /^K1 hole-ben on client01: .*hole-ann in \/etc\/hole\.env → /,
      ],
      clear: 'rm -r /home/hole-common /etc/hole.env',
    },
    // In a round in which nothing writes that file: tools keep a copy beside it, as open as it was.
    {
      sentence: 'hashes of all passwords that all may read',
      make: 'chmod o+r /etc/shadow',
      said: [/^K1 hole-ann on client01, hole-ben on client01: .*: \/etc\/shadow → /],
      prints: ['there: chmod o-rwx /etc/shadow'],
    },
  ],
  // Mended on the machine, or by a person.
  [
    {
      sentence: 'a common directory in which all may take away what others put there',
      make: 'chmod 0777 /var/tmp',
      said: [/^K6 client01: .*: \/var\/tmp → /],
      prints: ['there: chmod 1777 /var/tmp'],
    },
    {
      sentence: 'a directory of programs that all may write to',
      make: 'chmod 777 /usr/local/bin',
      prints: ['there: chown root:root /usr/local/bin && chmod go-w /usr/local/bin'],
      said: [/^K3 hole-ann on client01, hole-ben on client01: .*: \/usr\/local\/bin → /],
    },
    {
      sentence: 'a unit of systemd, and a list of libraries, that all may write to',
      make: `printf '[Service]\\nExecStart=/bin/true\\n' > /etc/systemd/system/hole.service && : > /etc/ld.so.preload
chmod 666 /etc/systemd/system/hole.service /etc/ld.so.preload`,
      clear: 'rm /etc/systemd/system/hole.service /etc/ld.so.preload',
      said: [
        /^K3 hole-ann on client01, hole-ben on client01: .*: \/etc\/ld\.so\.preload → /,
        /^K3 hole-ann on client01, hole-ben on client01: .*: .*\/hole\.service → /,
      ],
    },
    {
      sentence: 'a group with the rights of root that is entered with a password',
      make: "getent group docker >/dev/null || groupadd -r docker; groupmod -p '$6$x$y' docker",
      said: [/^K2 client01: .*: docker → /],
      prints: ['there: gpasswd -r docker'],
    },
    {
      sentence: 'the same, written with the uid of its owner in place of the name',
      make: `echo 51011:51010:1 >> /etc/subuid && install -m 755 /bin/true /usr/bin/newuidmap`,
      said: [/^K12 hole-ben on client01: .*: hole-ann \(51010\) → there: sed -i /],
      prints: ["there: sed -i '/^51011:51010:1$/d' /etc/subuid"],
      clear: 'rm /usr/bin/newuidmap',
    },
    {
      sentence: 'a line in sudoers',
      make: "echo '%hole2 ALL=(root) NOPASSWD: /usr/bin/less' > /etc/sudoers.d/hole",
      mend: 'rm /etc/sudoers.d/hole',
      said: [/^K3 hole-ben on client01: .*: \(root\) NOPASSWD: \/usr\/bin\/less → /],
    },
    {
      sentence: "a user's own script, and one that all may write to, that cron runs as root",
      make: `su - hole-ben -c 'echo : > nightly.sh'
printf '#!/bin/sh\\n' > /opt/hole.sh && chmod 777 /opt/hole.sh
printf '@daily root /bin/sh /home/hole-ben/nightly.sh\\n' > /etc/cron.d/hole
printf '1 * * * *\\troot\\t/opt/hole.sh >/dev/null\\n1 1 * * * hole-ben /home/hole-ben/own.sh\\n' >> /etc/cron.d/hole`,
      mend: 'rm /etc/cron.d/hole /opt/hole.sh /home/hole-ben/nightly.sh',
      said: [
        /^K3 hole-ann on client01, hole-ben on client01: .*: \/opt\/hole\.sh → /,
        /^K3 hole-ben on client01: .*: \/home\/hole-ben\/nightly\.sh → /,
      ],
    },
    {
      sentence: 'a program in a directory of programs, and a piece of a unit, that all may write to',
      make: `printf '#!/bin/sh\\n' > /usr/local/bin/hole-tool && chmod 777 /usr/local/bin/hole-tool
mkdir -p /etc/systemd/system/hole-ssh.service.d
cd /etc/systemd/system/hole-ssh.service.d && echo '[Service]' > a.conf && chmod 666 a.conf`,
      said: [
        /^K3 hole-ann on client01, hole-ben on client01: .*: \/usr\/local\/bin\/hole-tool → /,
        /^K3 hole-ann on client01, hole-ben on client01: .*: .*hole-ssh\.service\.d\/a\.conf → /,
      ],
      clear: 'rm -r /usr/local/bin/hole-tool /etc/systemd/system/hole-ssh.service.d',
    },
    {
      sentence:
        'directories that all may write to, where shells look for programs and the loader for libraries',
      make: `mkdir -m 777 /opt/hole-bin /opt/hole-lib && echo /opt/hole-lib > /etc/ld.so.conf.d/hole.conf
echo 'PATH="/opt/hole-bin:$PATH"' > /etc/profile.d/hole.sh`,
      said: [
        /^K3 hole-ann on client01, hole-ben on client01: .*: \/opt\/hole-bin → /,
        /^K3 hole-ann on client01, hole-ben on client01: .*: \/opt\/hole-lib → /,
      ],
      clear: 'rm -r /opt/hole-bin /opt/hole-lib /etc/ld.so.conf.d/hole.conf /etc/profile.d/hole.sh',
    },
    {
      sentence: 'a script that cron goes to before it runs it, and one of a unit that names root',
      make: `mkdir /opt/hole && printf '#!/bin/sh\\n' | tee /opt/hole/run.sh > /opt/hole-unit.sh
chmod 777 /opt/hole/run.sh /opt/hole-unit.sh
echo '5 5 * * * root cd /opt/hole && flock -n /tmp/hole.lock ./run.sh >/dev/null 2>&1' > /etc/cron.d/hole-there
printf '[Service]\\nUser=root\\nExecStart=/opt/hole-unit.sh\\n' > /etc/systemd/system/hole-root.service`,
      mend: 'rm -r /etc/cron.d/hole-there /opt/hole /opt/hole-unit.sh /etc/systemd/system/hole-root.service',
      said: [
        /^K3 hole-ann on client01, hole-ben on client01: .*: \/opt\/hole\/run\.sh → /,
        /^K3 hole-ann on client01, hole-ben on client01: .*: \/opt\/hole-unit\.sh → /,
      ],
    },
    {
      sentence: "a token in a process's arguments",
      make:
        `setsid sh -c 'sleep 600; :' job --token="$(sed -n 's/.*token: "\\(.*\\)"/\\1/p' ${ANN})" ` +
        `>/dev/null 2>&1 </dev/null & echo $! > /run/hole.pid`,
      mend: 'kill -- -"$(cat /run/hole.pid)"; rm /run/hole.pid',
      said: [/^K5 client01: .*: sh \(process \d+ of root\) → /],
    },
    {
      sentence: 'a machine that lets nobody in',
      make: 'echo closed > /etc/nologin',
      said: [/^K4 client01: .*: \/etc\/nologin → /],
      prints: ['there: rm /etc/nologin'],
    },
    {
      sentence: 'a password hash that all may read',
      make: 'pwunconv',
      said: [/^K11 hole-ann on client01, hole-ben on client01: .*\/etc\/passwd.* → there: pwconv/],
      prints: ['there: pwconv'],
    },
  ],
  // Mended on the machine; each is about an account.
  [
    {
      sentence: "a range of subordinate ids that holds a colleague's uid, where something grants it",
      make: `echo hole-ben:$(id -u hole-ann):1 >> /etc/subuid && install -m 755 /bin/true /usr/bin/newuidmap`,
      prints: ['there: usermod --del-subuids 51010-51010 hole-ben'],
      clear: 'rm /usr/bin/newuidmap',
      said: [/^K12 hole-ben on client01: .*: hole-ann \(\d+\) → there: usermod --del-subuids /],
    },
    {
      sentence: 'an account that has expired',
      make: 'chage -E 2020-01-01 hole-ann',
      said: [/^K4 hole-ann on client01: .* → there: chage -E -1 /],
      prints: ['there: chage -E -1 hole-ann'],
    },
    {
      sentence: 'a home on a file system that should be mounted and is not',
      make:
        'touch /etc/fstab && cp /etc/fstab /run/fstab && ' +
        "echo '/home/hole-ann /home/hole-ann none bind 0 0' >> /etc/fstab",
      prints: ['there: mount /home/hole-ann'],
      clear: 'umount /home/hole-ann; cp /run/fstab /etc/fstab',
      said: [/^K7 hole-ann on client01: /],
    },
  ],
  // The same.
  [
    {
      sentence: 'an account whose password was to be changed long ago',
      make: 'chage -d 2020-01-01 -M 90 -I 5 hole-ann',
      said: [/^K4 hole-ann on client01: .* → there: chage -I -1 /],
      prints: ['there: chage -I -1 hole-ann'],
      clear: 'chage -d "$(date +%F)" -M -1 hole-ann',
    },
    // In a round in which nothing changes that account, for usermod leaves one alone that has processes.
    {
      sentence: "a proxy that lets all act as a user, and one that is the user's alone",
      make: `su hole-ben -s /bin/sh -c 'cd && umask 077
setsid arena-kubectl proxy --port=0 >proxy 2>&1 </dev/null &
setsid arena-kubectl proxy -u ~/own >own.log 2>&1 </dev/null &'
until grep -q Starting /home/hole-ben/proxy && grep -q Starting /home/hole-ben/own.log; do sleep 0.1; done`,
      mend: 'pkill -u hole-ben -f "proxy --port=0"',
      clear:
        'pkill -u hole-ben -f "proxy -u"; rm -f /home/hole-ben/proxy /home/hole-ben/own /home/hole-ben/own.log',
      said: [/^K11 hole-ben on client01: .*: process \d+ → /],
    },
    {
      sentence: 'root, whom anybody can be',
      make: 'grep ^root: /etc/shadow > /run/root.shadow; passwd -d root',
      said: [/^K11 root on client01: .* → there: usermod /],
      prints: ["there: usermod -p '*' root"],
      clear: `usermod -p "$(cut -d : -f 2 /run/root.shadow)" root; rm /run/root.shadow`,
    },
    {
      sentence: 'a kubeconfig that is a symbolic link',
      make: `mv ${ANN} /home/hole-ann/elsewhere && ln -s ../elsewhere ${ANN}`,
      mend: `mv /home/hole-ann/elsewhere ${ANN}`,
      said: [/^A1 hole-ann on client01: .*\.kube\/config .* → /],
    },
  ],
  // The same.
  [
    {
      sentence: 'an account that anybody can enter, on a machine that lets them in',
      make: `cp /etc/shadow /run/shadow; usermod -p '' hole-ben
echo 'PermitEmptyPasswords yes' >> /etc/ssh/sshd_config`,
      mend: `usermod -p "$(sed -n 's/^hole-ben:\\([^:]*\\):.*/\\1/p' /run/shadow)" hole-ben
rm /run/shadow; sed -i '/^PermitEmptyPasswords/d' /etc/ssh/sshd_config`,
      said: [/^K11 hole-ben on client01: /, /^K11 client01: /],
    },
    {
      sentence: 'an account that is locked',
      make: 'usermod -L hole-ann',
      said: [/^K4 hole-ann on client01: .* → there: usermod -U /],
      prints: ['there: usermod -U hole-ann'],
    },
  ],
  // Mended by setup.
  [
    {
      sentence: 'an open home',
      make: 'chmod 755 /home/hole-ann',
      prints: ['run setup: npx tsx playbooks/setup.ts <inventory>'],
      said: [
        /^K1 hole-ben on client01: .*: \/home\/hole-ann/,
        /^K7 hole-ann on client01: .*: home mode 0755 → run setup/,
      ],
    },
    {
      sentence: 'a user in docker',
      make: 'getent group docker >/dev/null || groupadd -r docker; gpasswd -a hole-ben docker',
      said: [/^K2 hole-ben on client01: .*: docker → run setup/],
    },
    {
      sentence: "a chart of Arena's that all may write to",
      make: 'chmod o+w /charts/tfjob/values.yaml',
      said: [/^K9 client01: .*tfjob\/values\.yaml → run setup/],
    },
    {
      sentence: 'a token that is not of this cluster',
      make: `sed -i 's/\\(token: ".*\\)......"/\\1AAAAAA"/' ${ANN} && chown hole-ann: ${ANN}`,
      said: [
        /^A3 hole-ann on client01: .* → run setup/,
        /^A4 hole-ann: .*\(401\)/,
        /^B4 hole-ann in hole1: /,
        /^C6 hole-ann on client01: has a token that the API server does not take/,
      ],
    },
  ],
]

/** In isolation strict: a policy that lets all traffic in. */
export const OPEN_NETWORK: Hole = {
  sentence: 'a policy that lets everything through, and one that lets the other group through',
  make: `kubectl apply -f - <<'EOF'
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: open, namespace: hold1 }
spec: { podSelector: {}, policyTypes: [Ingress], ingress: [{ ports: [{ protocol: TCP }] }] }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: friends, namespace: hold2 }
spec:
  podSelector: {}
  policyTypes: [Ingress]
  ingress: [{ from: [{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: hold1 } } }] }]
EOF
`,
  said: [
    /^H5 hold1: the policy open lets everything through: /,
    /^H5 hold2: the policy friends lets the group hold1 through: incoming/,
  ],
  prints: ['kubectl delete networkpolicy open -n hold1', 'kubectl delete networkpolicy friends -n hold2'],
}

/** A policy for the whole cluster, as some networks have them, that lets the groups of `hold` into one another. */
export const OPEN_CLUSTER = `kubectl apply -f - <<'EOF'
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: adminnetworkpolicies.policy.networking.k8s.io
  annotations: { api-approved.kubernetes.io: "https://github.com/kubernetes-sigs/network-policy-api/pull/30" }
spec:
  group: policy.networking.k8s.io
  scope: Cluster
  names: { kind: AdminNetworkPolicy, plural: adminnetworkpolicies, singular: adminnetworkpolicy }
  versions:
    - name: v1alpha1
      served: true
      storage: true
      schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } }
EOF
kubectl wait --for=condition=Established crd/adminnetworkpolicies.policy.networking.k8s.io
for i in $(seq 50); do kubectl get adminnetworkpolicies >/dev/null 2>&1 && break; sleep 0.2; done
kubectl apply -f - <<'EOF'
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: { name: hold-open }
spec:
  priority: 10
  subject: { namespaces: { matchLabels: { kubernetes.io/metadata.name: hold1 } } }
  ingress: [{ action: Allow, from: [{ namespaces: { matchLabels: { kubernetes.io/metadata.name: hold2 } } }] }]
EOF
`

/** What verify prints against policies that stand in the API beside the files of the inventory `stat`. */
export const STATIC_COPIES = {
  prints: ['kubectl delete validatingadmissionpolicybindings/arena-stat-'],
} as const satisfies Partial<Hole>

/** What others gave to the user `lvr-eve`, and what remove-user prints of it. */
export const LENT = {
  made: [
    'create serviceaccount lvr-eve -n lvr2',
    'create rolebinding lent -n lvr2 --clusterrole=view --serviceaccount=lvr1:lvr-eve',
    'create clusterrolebinding lvr-lent --clusterrole=view --serviceaccount=lvr2:lvr-eve',
  ],
  prints: [
    'kubectl delete serviceaccount lvr-eve -n lvr2',
    'kubectl delete rolebinding lent -n lvr2',
    'kubectl delete clusterrolebinding lvr-lent',
  ],
} as const satisfies Partial<Hole> & { made: readonly string[] }
