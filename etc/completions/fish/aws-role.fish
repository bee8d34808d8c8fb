# SPDX-License-Identifier: BSD-3-Clause
# Completion of aws-role(1) for fish.

# Whether one of these verbs has been typed; none: whether no word has been.
function __aws_role_verb
    set -l words (commandline -opc)
    if test (count $argv) -eq 0
        test (count $words) -eq 1
    else
        test (count $words) -ge 2
        and contains -- $words[2] $argv
    end
end

function __aws_role_roles
    command aws-role roles 2>/dev/null
end

complete -c aws-role -f
complete -c aws-role -n __aws_role_verb -l help -d 'List the verbs'
complete -c aws-role -n __aws_role_verb -l version -d 'Tell the version'
for verb in \
        "status:this shell's role, and for how long; for root, everybody's" \
        'roles:the roles that you may take' \
        'switch:give this shell another role' \
        'refresh:get new credentials now' \
        'login:get credentials where there are none' \
        'logout:have this session forget its credentials' \
        "off:take the session's variables from this shell" \
        'exec:run a command with a role' \
        "env:what sets this session's variables, for a shell or a program" \
        'credential-process:credentials for ~/.aws/config, see profiles' \
        'profiles:profiles for ~/.aws/config, one for each role' \
        "revoke:end what a person has of this host's roles, for root" \
        'check:whether the configuration is good, and who may have which role' \
        'help:this text, or with a verb what it does'
    set -l word (string split -m 1 : $verb)
    complete -c aws-role -n __aws_role_verb -a $word[1] -d $word[2]
    complete -c aws-role -n '__aws_role_verb help' -a $word[1] -d $word[2]
    if test $word[1] != help
        complete -c aws-role -n "__aws_role_verb $word[1]" -l help -d 'Tell what the verb does'
    end
end

complete -c aws-role -n '__aws_role_verb status' -l all -d 'Every session of this host, for root'
complete -c aws-role -n '__aws_role_verb status roles' -l json -d 'Print JSON'
complete -c aws-role -n '__aws_role_verb status' -l prompt -d 'Print one short line for a prompt'
complete -c aws-role -n '__aws_role_verb switch' -a '(__aws_role_roles)' -d Role
complete -c aws-role -n '__aws_role_verb switch refresh login logout off' -x -l shell \
    -a 'sh fish csh powershell' -d 'Print code for this shell'
complete -c aws-role -n '__aws_role_verb login' -l browser \
    -d 'Sign in in a browser of this host'
complete -c aws-role -n '__aws_role_verb login' -l qr -d 'Show the page as a QR code, too'
complete -c aws-role -n '__aws_role_verb login' -x -l code-from \
    -a '(__fish_complete_command)' -d 'A command that prints the answer'
complete -c aws-role -n '__aws_role_verb exec env credential-process' -x -l role \
    -a '(__aws_role_roles)' -d 'For that role of yours'
complete -c aws-role -n '__aws_role_verb exec' -l endpoint \
    -d 'With an address to get newer credentials from'
complete -c aws-role -n '__aws_role_verb exec' -xa '(__fish_complete_subcommand --fcs-skip=2)'
complete -c aws-role -n '__aws_role_verb env' -x -l shell \
    -a 'sh fish csh powershell json dotenv' -d 'Print it for this'
complete -c aws-role -n '__aws_role_verb env' -l hook -d 'For the prompt of a shell'
complete -c aws-role -n '__aws_role_verb profiles' -l write -d 'Put them into ~/.aws/config'
complete -c aws-role -n '__aws_role_verb revoke' -xa '(__fish_complete_users)'
complete -c aws-role -n '__aws_role_verb check' -x -l user -a '(__fish_complete_users)' \
    -d 'Show what decides for this person'
complete -c aws-role -n '__aws_role_verb check' -r -F -l config \
    -d 'Check this as the configuration'
complete -c aws-role -n '__aws_role_verb check' -r -F -l drop-in -d 'Check this as a drop-in'
complete -c aws-role -n '__aws_role_verb check' -l live \
    -d 'Try whether the metadata service is closed'
