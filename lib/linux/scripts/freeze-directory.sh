# A deed for `within`: only root can change what is in the directory where the shell stands, of a user with this uid.
: "${uid?}"
find . -maxdepth 0 ! -user "$uid" ! -user 0 -exec chown 0 {} +; chmod go-w .
