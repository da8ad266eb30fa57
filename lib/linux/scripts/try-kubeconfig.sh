# For `sh -c`, as the user whose home is $1, with their kubeconfig alone: asks for the namespace of each
# `CONTEXT/NAMESPACE` of $2…, and writes nothing; `kubectl` keeps its cache where nobody can.
export HOME="$1" KUBECONFIG="$1/.kube/config" KUBECACHEDIR=/dev/null/none
shift
for pair; do
  /opt/arena/current/bin/kubectl --context "${pair%%/*}" get --raw "/api/v1/namespaces/${pair#*/}" >/dev/null || exit
done
