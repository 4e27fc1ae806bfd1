/* Logs in with libssh, runs a command, brings a file over SFTP and reads it back. */

#include <fcntl.h>
#include <libssh/libssh.h>
#include <libssh/sftp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE = 150000, PIECE = 16000 };

static void fail(ssh_session session, const char *what)
{
    fprintf(stderr, "%s: %s\n", what, ssh_get_error(session));
    exit(1);
}

static void run(ssh_session session, const char *line)
{
    ssh_channel channel = ssh_channel_new(session);
    if (ssh_channel_open_session(channel) != SSH_OK || ssh_channel_request_exec(channel, line) != SSH_OK)
        fail(session, "exec");
    char text[256];
    int length;
    while ((length = ssh_channel_read(channel, text, sizeof text, 0)) > 0)
        fwrite(text, 1, (size_t)length, stdout);
    fflush(stdout);
    if (ssh_channel_get_exit_status(channel) != 0)
        fail(session, "exit status");
    ssh_channel_free(channel);
}

static void bring(ssh_session session)
{
    static char sent[SIZE], got[SIZE];
    for (int i = 0; i < SIZE; i++)
        sent[i] = (char)(i * 7 + i / 251);
    sftp_session sftp = sftp_new(session);
    if (sftp_init(sftp) != SSH_OK)
        fail(session, "sftp");
    sftp_file file = sftp_open(sftp, "libssh.bin", O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (!file)
        fail(session, "open to write");
    for (int at = 0; at < SIZE; at += PIECE) {
        size_t piece = at + PIECE > SIZE ? (size_t)(SIZE - at) : PIECE;
        if (sftp_write(file, sent + at, piece) != (ssize_t)piece)
            fail(session, "write");
    }
    sftp_close(file);
    file = sftp_open(sftp, "libssh.bin", O_RDONLY, 0);
    if (!file)
        fail(session, "open to read");
    size_t have = 0;
    ssize_t length;
    while (have < SIZE && (length = sftp_read(file, got + have, SIZE - have)) > 0)
        have += (size_t)length;
    if (have != SIZE || memcmp(sent, got, SIZE) != 0)
        fail(session, "what is read differs from what was written");
    sftp_close(file);
    if (sftp_unlink(sftp, "libssh.bin") != SSH_OK)
        fail(session, "unlink");
    sftp_free(sftp);
}

int main(int count, char **words)
{
    if (count != 4)
        return 2;
    ssh_session session = ssh_new();
    long limit = 20;
    ssh_options_set(session, SSH_OPTIONS_HOST, words[1]);
    ssh_options_set(session, SSH_OPTIONS_USER, words[2]);
    ssh_options_set(session, SSH_OPTIONS_TIMEOUT, &limit);
    ssh_options_set(session, SSH_OPTIONS_KNOWNHOSTS, "/dev/null");
    if (ssh_connect(session) != SSH_OK)
        fail(session, "connect");
    if (ssh_userauth_password(session, NULL, words[3]) != SSH_AUTH_SUCCESS)
        fail(session, "log in");
    run(session, "id -un");
    bring(session);
    ssh_disconnect(session);
    ssh_free(session);
    puts("ok");
    return 0;
}
