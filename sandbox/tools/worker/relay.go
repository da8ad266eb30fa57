package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
)

func listen(place string) (net.Listener, error) {
	network, address, _ := strings.Cut(place, ":")
	if network == "unix" {
		// What a killed relay left; nothing listens on it.
		if err := os.Remove(address); err != nil && !os.IsNotExist(err) {
			return nil, err
		}
	}
	return net.Listen(network, address)
}

func serve(place string, handle func(net.Conn)) error {
	listener, err := listen(place)
	if err != nil {
		return err
	}
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		go handle(conn)
	}
}

type halfCloser interface{ CloseWrite() error }

// join copies both ways until both sides have ended.
func join(one net.Conn, fromOne io.Reader, other net.Conn) {
	done := make(chan struct{}, 2)
	pass := func(to net.Conn, from io.Reader) {
		io.Copy(to, from)
		if half, ok := to.(halfCloser); ok {
			half.CloseWrite()
		}
		done <- struct{}{}
	}
	go pass(other, fromOne)
	go pass(one, other)
	<-done
	<-done
	one.Close()
	other.Close()
}

func relay(from, to string) error {
	network, address, _ := strings.Cut(to, ":")
	return serve(from, func(conn net.Conn) {
		target, err := net.Dial(network, address)
		if err != nil {
			conn.Close()
			return
		}
		join(conn, conn, target)
	})
}

// proxy lets the API server, which is in another network, reach kubelets: its egress selector asks with CONNECT.
func proxy(place string) error {
	return serve(place, func(conn net.Conn) {
		reader := bufio.NewReader(conn)
		request, err := http.ReadRequest(reader)
		if err != nil || request.Method != http.MethodConnect {
			conn.Close()
			return
		}
		target, err := net.Dial("tcp", request.Host)
		if err != nil {
			fmt.Fprintf(conn, "HTTP/1.1 502 Bad Gateway\r\n\r\n")
			conn.Close()
			return
		}
		fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\n\r\n")
		join(conn, reader, target)
	})
}
