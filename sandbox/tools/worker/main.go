// What the sandbox's worker needs beside kubelet and containerd, in one binary: relays between its network and the
// machine's, a CSI node plugin, and a registry with one image.
package main

import (
	"fmt"
	"os"
)

const usage = `worker relay LISTEN TARGET          each tcp:ADDRESS:PORT or unix:PATH
worker proxy LISTEN                 answers HTTP CONNECT
worker csi DIRECTORY NODE SOCKET    serves server:path from DIRECTORY/server/path
worker registry LISTEN BUSYBOX      serves one image under every name`

func run(args []string) error {
	switch {
	case len(args) == 3 && args[0] == "relay":
		return relay(args[1], args[2])
	case len(args) == 2 && args[0] == "proxy":
		return proxy(args[1])
	case len(args) == 4 && args[0] == "csi":
		return serveVolumes(args[1], args[2], args[3])
	case len(args) == 3 && args[0] == "registry":
		return serveImage(args[1], args[2])
	}
	return fmt.Errorf("usage:\n%s", usage)
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
