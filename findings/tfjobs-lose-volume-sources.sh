#!/bin/sh
# The TFJob kind of training-operator 1.7.0, and of 1.8.1 too, spells out the pod of an older Kubernetes, so the API
# server drops what is newer from the pod template of a job that it accepts. Of a volume that is an image only the name
# stays, which a pod takes for an empty directory; in 1.7.0 a sidecar loses its restartPolicy and is an init container
# that the job's own containers wait for. Run here: the pruning of the API server's own library, 0.34.1, on the kind's
# published schema.
# Output: for each version the fields that were dropped, and what is left of the volume
set -eu
directory=$(mktemp -d)
export GOPATH="$directory/go" GOFLAGS=-modcacherw GOTOOLCHAIN=local
trap 'rm -rf "$directory"' EXIT
cd "$directory"

cat > job.yaml <<'END'
apiVersion: kubeflow.org/v1
kind: TFJob
metadata: { name: job }
spec:
  tfReplicaSpecs:
    Worker:
      template:
        spec:
          initContainers:
            - { name: sidecar, image: busybox, restartPolicy: Always }
          containers:
            - { name: tensorflow, image: busybox, volumeMounts: [{ name: weights, mountPath: /weights }] }
          volumes:
            - { name: weights, image: { reference: registry.example.com/weights } }
END

cat > main.go <<'END'
package main

import (
	"fmt"
	"os"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	v1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

func read(file string, into any) {
	text, err := os.ReadFile(file)
	check(err)
	check(yaml.Unmarshal(text, into))
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	var crd v1.CustomResourceDefinition
	read(os.Args[1], &crd)
	var properties apiextensions.JSONSchemaProps
	published := crd.Spec.Versions[0].Schema.OpenAPIV3Schema
	check(v1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(published, &properties, nil))
	structural, err := schema.NewStructural(&properties)
	check(err)
	var job map[string]any
	read(os.Args[2], &job)
	track := schema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true}
	for _, path := range pruning.PruneWithOptions(job, structural, true, track) {
		fmt.Println("dropped", path)
	}
	at := []string{"spec", "tfReplicaSpecs", "Worker", "template", "spec", "volumes"}
	volumes, _, err := unstructured.NestedSlice(job, at...)
	check(err)
	fmt.Println("left", volumes)
}
END

go mod init finding 2> /dev/null
go get k8s.io/apiextensions-apiserver@v0.34.1 sigs.k8s.io/yaml@v1.6.0 2> /dev/null
go build -o prune .
seen=$(
  for version in 1.7.0 1.8.1; do
    echo "$version"
    module="github.com/kubeflow/training-operator@v$version"
    go mod download "$module"
    ./prune "$GOPATH/pkg/mod/$module/manifests/base/crds/kubeflow.org_tfjobs.yaml" job.yaml
  done
)
echo "$seen"
template=spec.tfReplicaSpecs.Worker.template.spec
[ "$seen" = "1.7.0
dropped $template.initContainers[0].restartPolicy
dropped $template.volumes[0].image
left [map[name:weights]]
1.8.1
dropped $template.volumes[0].image
left [map[name:weights]]" ]
