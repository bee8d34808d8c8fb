# SPDX-License-Identifier: BSD-3-Clause
# The vendor's configuration gives nobody anything: what a host does is in its own.
dist_vendor_DATA = etc/aws-role.conf

examplesdir = $(docdir)/examples
dist_examples_DATA = \
	etc/examples/bastion.conf \
	etc/examples/console.conf \
	etc/examples/metadata-users \
	etc/examples/workstation.conf

# Paths are known when make runs, not before.
fill = sed -e 's|@sbindir[@]|$(sbindir)|g' -e 's|@configdir[@]|$(configdir)|g' \
	-e 's|@libexecdir[@]|$(pkglibexecdir)|g' -e 's|@bindir[@]|$(bindir)|g' \
	-e 's|@datadir[@]|$(datadir)|g' -e 's|@rundir[@]|$(rundir)|g'

sbin_SCRIPTS = etc/aws-role-fence
CLEANFILES += etc/aws-role-fence
EXTRA_DIST += etc/aws-role-fence.in
etc/aws-role-fence: $(srcdir)/etc/aws-role-fence.in Makefile
	$(AM_V_GEN)$(MKDIR_P) etc && $(fill) <$(srcdir)/etc/aws-role-fence.in >$@.new && \
	chmod +x $@.new && mv $@.new $@

units = etc/systemd/aws-role-fence.service etc/systemd/aws-role@.service
CLEANFILES += $(units)
EXTRA_DIST += $(units:=.in)
if HAVE_UNITS
systemdsystemunit_DATA = $(units)
endif
etc/systemd/%.service: $(srcdir)/etc/systemd/%.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) etc/systemd && $(fill) <"$<" >"$@.new" && mv "$@.new" "$@"

# Where each shell looks for the completion of a command, by its name.
bashcompletiondir = $(datadir)/bash-completion/completions
zshcompletiondir = $(datadir)/zsh/site-functions
fishcompletiondir = $(datadir)/fish/vendor_completions.d
dist_bashcompletion_DATA = etc/completions/bash/aws-role
dist_zshcompletion_DATA = etc/completions/zsh/_aws-role
dist_fishcompletion_DATA = etc/completions/fish/aws-role.fish

# Prompt hooks. What is in profile.d loads those of bash and zsh; fish reads its own folder.
profiledir = $(sysconfdir)/profile.d
fishdir = $(datadir)/fish/vendor_conf.d
profile_DATA = etc/shell/aws-role.sh
vendor_DATA = etc/shell/hook.sh etc/shell/aws-role.bash etc/shell/aws-role.zsh
fish_DATA = etc/shell/aws-role.fish
CLEANFILES += $(profile_DATA) $(vendor_DATA) $(fish_DATA)
EXTRA_DIST += etc/shell/profile.sh.in $(vendor_DATA:=.in) $(fish_DATA:=.in)
etc/shell/aws-role.sh: $(srcdir)/etc/shell/profile.sh.in Makefile
	$(AM_V_GEN)$(MKDIR_P) etc/shell && $(fill) <$(srcdir)/etc/shell/profile.sh.in >$@.new && \
	mv $@.new $@
$(vendor_DATA) $(fish_DATA): etc/shell/%: $(srcdir)/etc/shell/%.in Makefile
	$(AM_V_GEN)$(MKDIR_P) etc/shell && $(fill) <$(srcdir)/$@.in >$@.new && mv $@.new $@
