// Logs in with golang.org/x/crypto/ssh, runs a command, brings a file through standard input
// and reads it back.
package main

import (
	"bytes"
	"fmt"
	"math/rand"
	"os"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

func check(err error, what string) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", what, err)
		os.Exit(1)
	}
}

func run(client *ssh.Client, line string, input []byte) []byte {
	session, err := client.NewSession()
	check(err, "session")
	defer session.Close()
	if input != nil {
		session.Stdin = bytes.NewReader(input)
	}
	output, err := session.Output(line)
	check(err, line)
	return output
}

func main() {
	host, user, password := os.Args[1], os.Args[2], os.Args[3]
	client, err := ssh.Dial("tcp", host+":22", &ssh.ClientConfig{
		User:            user,
		Auth:            []ssh.AuthMethod{ssh.Password(password)},
		HostKeyCallback: ssh.InsecureIgnoreHostKey(),
		Timeout:         20 * time.Second,
	})
	check(err, "dial")
	defer client.Close()
	fmt.Println(strings.TrimSpace(string(run(client, "id -un", nil))))
	content := make([]byte, 60000)
	rand.New(rand.NewSource(1)).Read(content)
	run(client, "cat > xcrypto.bin", content)
	if !bytes.Equal(run(client, "cat xcrypto.bin", nil), content) {
		fmt.Fprintln(os.Stderr, "what is read differs from what was written")
		os.Exit(1)
	}
	run(client, "rm xcrypto.bin", nil)
	fmt.Println("ok")
}
