#!/bin/sh
# node.sh NAME ADDRESS API_PORT
# The first process of the worker: makes its network and control groups, starts what a node runs, and stays.
# /data holds what outlives it; /data/log has a log of each program.
set -eu
name=$1 address=$2 port=$3
export PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# kubelet would set these for the whole machine; here it finds them set already.
for setting in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1 \
  kernel/keys/root_maxkeys=1000000 kernel/keys/root_maxbytes=25000000; do
  file=/run/sysctl/${setting%=*}
  mkdir -p "${file%/*}"
  echo "${setting#*=}" > "$file"
  mount --bind "$file" "/proc/sys/${setting%=*}"
done

mount --make-rshared /
mount -o remount,dev /run
[ -e /dev/kmsg ] || mknod -m 600 /dev/kmsg c 1 11

if grep -q '^0::' /proc/self/cgroup && [ "$(wc -l < /proc/self/cgroup)" = 1 ]; then
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
  sed 's/\([a-z]\)\([^ ]*\)/+\1\2/g' /sys/fs/cgroup/cgroup.controllers > /sys/fs/cgroup/cgroup.subtree_control
else
  mount -t tmpfs -o mode=755,nosuid,nodev tmpfs /sys/fs/cgroup
  while IFS=: read -r number controllers path; do
    [ -n "$controllers" ] || continue
    mkdir "/sys/fs/cgroup/${controllers#name=}"
    case $controllers in name=*) option=none,$controllers ;; *) option=$controllers ;; esac
    mount -t cgroup -o "$option" cgroup "/sys/fs/cgroup/${controllers#name=}"
  done < /proc/self/cgroup
fi

ip link set lo up
# The node's own, the NAS's, the API server's and the cluster's DNS: there is nothing else in this network.
for own in "$address" 10.0.0.99 10.96.0.1 10.96.0.10; do ip address add "$own/32" dev lo; done
echo 1 > /proc/sys/net/ipv4/ip_forward
echo 1 > /proc/sys/net/bridge/bridge-nf-call-iptables

begin() {
  log=/data/log/$1.log
  shift
  "$@" >> "$log" 2>&1 &
}

# It looks at the directory in which it lies through an overlay, where nothing is bound.
cp /opt/runc/runc /usr/local/bin/runc
# What looks for its node before kubelet has said where that is ends, and begins again, as in a pod.
keep() { while :; do "$@" || true; sleep 1; done; }

mkdir -p /data/log /data/nas /data/kubelet/plugins_registry
begin relay worker relay "tcp:127.0.0.1:$port" unix:/data/run/api.sock
begin relay-service worker relay tcp:10.96.0.1:443 unix:/data/run/api.sock
# Who connects learns that it is there, and is hung up on.
begin nas worker relay tcp:10.0.0.99:2049 unix:/data/run/none
begin proxy worker proxy unix:/data/run/kubelets.sock
begin registry worker registry tcp:127.0.0.1:5000 /bin/busybox
begin csi worker csi /data/nas "$name" /data/kubelet/plugins_registry/nas.sock
begin containerd containerd --config /etc/containerd/config.toml
until [ -S /run/containerd/containerd.sock ]; do sleep 0.1; done
begin kubelet kubelet --config=/etc/kubelet.yaml --kubeconfig=/etc/kubelet.kubeconfig --root-dir=/data/kubelet \
  --hostname-override="$name" --node-ip="$address" --v=2
begin coredns keep coredns -conf /etc/Corefile
# Of the machine's settings it leaves all as they are.
begin kube-proxy keep kube-proxy --kubeconfig=/etc/kube-proxy.kubeconfig --hostname-override="$name" \
  --proxy-mode=iptables --cluster-cidr=10.245.0.0/24 --iptables-localhost-nodeports=false \
  --conntrack-max-per-core=0 --conntrack-tcp-timeout-established=0s --conntrack-tcp-timeout-close-wait=0s \
  --healthz-bind-address=127.0.0.1:10256 --metrics-bind-address=127.0.0.1:10249
begin kube-router keep kube-router --kubeconfig=/etc/kube-router.kubeconfig --hostname-override="$name" \
  --run-firewall=true --run-router=false --run-service-proxy=false --service-cluster-ip-range=10.96.0.10/32 \
  --health-port=0 --metrics-port=0 --run-loadbalancer=false
wait
