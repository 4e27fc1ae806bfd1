"""Logs in with Paramiko, runs a command, brings a file over SFTP and reads it back."""

import os
import sys

import paramiko


def main() -> None:
    host, user, password = sys.argv[1:4]
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    client.connect(host, username=user, password=password, allow_agent=False, look_for_keys=False, timeout=20)
    _, output, _ = client.exec_command("id -un", timeout=20)
    print(output.read().decode().strip())
    if output.channel.recv_exit_status() != 0:
        sys.exit("the command failed")
    content = os.urandom(150_000)
    with client.open_sftp() as files:
        with files.open("paramiko.bin", "wb") as remote:
            remote.write(content)
        with files.open("paramiko.bin", "rb") as remote:
            remote.prefetch()
            if remote.read() != content:
                sys.exit("what is read differs from what was written")
        files.remove("paramiko.bin")
    client.close()
    print("ok")


main()
