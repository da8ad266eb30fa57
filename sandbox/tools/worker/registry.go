package main

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
)

// image is a manifest and the blobs that it names, by digest.
type image struct {
	manifest []byte
	blobs    map[string][]byte
}

type blob struct {
	MediaType string `json:"mediaType"`
	Digest    string `json:"digest"`
	Size      int    `json:"size"`
}

func digest(content []byte) string {
	return fmt.Sprintf("sha256:%x", sha256.Sum256(content))
}

func (i *image) add(mediaType string, content []byte) blob {
	i.blobs[digest(content)] = content
	return blob{MediaType: mediaType, Digest: digest(content), Size: len(content)}
}

// layerOf is a root file system: busybox, and each of its applets as a link to it.
func layerOf(busybox string) ([]byte, error) {
	program, err := os.ReadFile(busybox)
	if err != nil {
		return nil, err
	}
	applets, err := exec.Command(busybox, "--list").Output()
	if err != nil {
		return nil, err
	}
	var buffer bytes.Buffer
	archive := tar.NewWriter(&buffer)
	files := []tar.Header{
		{Name: "bin/", Typeflag: tar.TypeDir, Mode: 0o755},
		{Name: "etc/", Typeflag: tar.TypeDir, Mode: 0o755},
		{Name: "tmp/", Typeflag: tar.TypeDir, Mode: 0o1777},
		{Name: "bin/busybox", Typeflag: tar.TypeReg, Mode: 0o755, Size: int64(len(program))},
	}
	for _, name := range strings.Fields(string(applets)) {
		if name != "busybox" {
			files = append(files, tar.Header{Name: "bin/" + name, Typeflag: tar.TypeSymlink, Linkname: "busybox", Mode: 0o777})
		}
	}
	for _, file := range files {
		if err := archive.WriteHeader(&file); err != nil {
			return nil, err
		}
		if file.Typeflag == tar.TypeReg {
			if _, err := archive.Write(program); err != nil {
				return nil, err
			}
		}
	}
	return buffer.Bytes(), archive.Close()
}

func pack(busybox string) (*image, error) {
	layer, err := layerOf(busybox)
	if err != nil {
		return nil, err
	}
	packed := &image{blobs: map[string][]byte{}}
	layers := []blob{packed.add("application/vnd.oci.image.layer.v1.tar", layer)}
	config, err := json.Marshal(map[string]any{
		"architecture": "amd64", "os": "linux",
		"config": map[string]any{"Env": []string{"PATH=/bin"}, "Cmd": []string{"sleep", "infinity"}},
		"rootfs": map[string]any{"type": "layers", "diff_ids": []string{digest(layer)}},
	})
	if err != nil {
		return nil, err
	}
	packed.manifest, err = json.Marshal(map[string]any{
		"schemaVersion": 2,
		"mediaType":     "application/vnd.oci.image.manifest.v1+json",
		"config":        packed.add("application/vnd.oci.image.config.v1+json", config),
		"layers":        layers,
	})
	packed.blobs[digest(packed.manifest)] = packed.manifest
	return packed, err
}

// serveImage answers what a pull asks a registry, with one image under every name that begins with busybox or pause.
func serveImage(place, busybox string) error {
	packed, err := pack(busybox)
	if err != nil {
		return err
	}
	listener, err := listen(place)
	if err != nil {
		return err
	}
	return http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
		if len(parts) == 1 && parts[0] == "v2" {
			return
		}
		if len(parts) != 4 || (parts[1] != "busybox" && parts[1] != "pause") {
			http.NotFound(w, r)
			return
		}
		content, mediaType := packed.blobs[parts[3]], "application/octet-stream"
		if parts[2] == "manifests" {
			content, mediaType = packed.manifest, "application/vnd.oci.image.manifest.v1+json"
		}
		if content == nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", mediaType)
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		w.Header().Set("Docker-Content-Digest", digest(content))
		if r.Method != http.MethodHead {
			w.Write(content)
		}
	}))
}
