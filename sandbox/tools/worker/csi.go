package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	registration "k8s.io/kubelet/pkg/apis/pluginregistration/v1"
)

const driver = "nasplugin.csi.alibabacloud.com"

// plugin serves volumes under the name of the NAS driver: directories of this machine, bound into pods.
type plugin struct {
	csi.UnimplementedIdentityServer
	csi.UnimplementedNodeServer
	registration.UnimplementedRegistrationServer
	root, node, socket string
}

func serveVolumes(root, node, socket string) error {
	listener, err := listen("unix:" + socket)
	if err != nil {
		return err
	}
	server, served := grpc.NewServer(), &plugin{root: root, node: node, socket: socket}
	csi.RegisterIdentityServer(server, served)
	csi.RegisterNodeServer(server, served)
	registration.RegisterRegistrationServer(server, served)
	return server.Serve(listener)
}

func (p *plugin) GetInfo(context.Context, *registration.InfoRequest) (*registration.PluginInfo, error) {
	return &registration.PluginInfo{
		Type: registration.CSIPlugin, Name: driver, Endpoint: p.socket, SupportedVersions: []string{"1.0.0"},
	}, nil
}

func (p *plugin) NotifyRegistrationStatus(
	context.Context, *registration.RegistrationStatus,
) (*registration.RegistrationStatusResponse, error) {
	return &registration.RegistrationStatusResponse{}, nil
}

func (p *plugin) GetPluginInfo(context.Context, *csi.GetPluginInfoRequest) (*csi.GetPluginInfoResponse, error) {
	return &csi.GetPluginInfoResponse{Name: driver, VendorVersion: "sandbox"}, nil
}

func (p *plugin) Probe(context.Context, *csi.ProbeRequest) (*csi.ProbeResponse, error) {
	return &csi.ProbeResponse{}, nil
}

func (p *plugin) NodeGetInfo(context.Context, *csi.NodeGetInfoRequest) (*csi.NodeGetInfoResponse, error) {
	return &csi.NodeGetInfoResponse{NodeId: p.node}, nil
}

func (p *plugin) NodeGetCapabilities(
	context.Context, *csi.NodeGetCapabilitiesRequest,
) (*csi.NodeGetCapabilitiesResponse, error) {
	return &csi.NodeGetCapabilitiesResponse{}, nil
}

func isReadOnly(request *csi.NodePublishVolumeRequest) bool {
	for _, flag := range request.GetVolumeCapability().GetMount().GetMountFlags() {
		if flag == "ro" {
			return true
		}
	}
	return request.GetReadonly()
}

// mkdirAll makes missing directories of a path as the NAS driver does: root's, 0755 whatever the umask is.
func mkdirAll(root, path string) (string, error) {
	at := root
	for _, name := range strings.Split(filepath.Clean("/"+path), "/") {
		if name == "" {
			continue
		}
		at = filepath.Join(at, name)
		switch err := os.Mkdir(at, 0o755); {
		case os.IsExist(err):
		case err != nil:
			return "", err
		default:
			if err := os.Chmod(at, 0o755); err != nil {
				return "", err
			}
		}
	}
	return at, nil
}

func (p *plugin) NodePublishVolume(
	_ context.Context, request *csi.NodePublishVolumeRequest,
) (*csi.NodePublishVolumeResponse, error) {
	server, path := request.GetVolumeContext()["server"], request.GetVolumeContext()["path"]
	if server == "" || strings.ContainsAny(server, "/") || server == ".." {
		return nil, status.Error(codes.InvalidArgument, "volume attributes name no server")
	}
	source, err := mkdirAll(p.root, server+"/"+path)
	if err == nil {
		err = bind(source, request.GetTargetPath(), isReadOnly(request))
	}
	if err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	return &csi.NodePublishVolumeResponse{}, nil
}

func bind(source, target string, readOnly bool) error {
	if err := os.MkdirAll(target, 0o750); err != nil {
		return err
	}
	if err := syscall.Mount(source, target, "", syscall.MS_BIND, ""); err != nil {
		return err
	}
	if !readOnly {
		return nil
	}
	return syscall.Mount("", target, "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY, "")
}

func (p *plugin) NodeUnpublishVolume(
	_ context.Context, request *csi.NodeUnpublishVolumeRequest,
) (*csi.NodeUnpublishVolumeResponse, error) {
	target := request.GetTargetPath()
	err := syscall.Unmount(target, syscall.MNT_DETACH)
	if err == nil || err == syscall.EINVAL || err == syscall.ENOENT {
		err = os.Remove(target)
	}
	if err != nil && !os.IsNotExist(err) {
		return nil, status.Error(codes.Internal, err.Error())
	}
	return &csi.NodeUnpublishVolumeResponse{}, nil
}
