# title: Shell histories and what tools remember
# families: all
# why: commands of the build, with whatever stood on their lines

homes | while read -r home; do
    gone "$home"/.*_history "$home"/.lesshst "$home"/.viminfo "$home"/.wget-hsts "$home"/.ansible "$home"/.python_history
    gone "$home"/.ssh/known_hosts "$home"/.ssh/known_hosts.old "$home"/.sudo_as_admin_successful "$home"/.cache
done
