dnl GYRE_WITH(NAME, PKG-CONFIG MODULE, HELP)
dnl --with-NAME=yes|no|auto|PATH. "yes" that cannot be met is an error; PATH is a prefix whose
dnl lib/pkgconfig is searched first. Sets NAME_CFLAGS, NAME_LIBS, with_NAME (yes|no) and WITH_NAME.
AC_DEFUN([GYRE_WITH], [
AC_ARG_WITH([$1], [AS_HELP_STRING([--with-$1=yes|no|auto|PATH], [$3 [auto]])], [], [with_$1=auto])
AS_CASE([$with_$1],
  [no], [],
  [yes|auto], [PKG_CHECK_MODULES(m4_toupper([$1]), [$2], [with_$1=yes],
     [AS_IF([test "x$with_$1" = xyes],
        [AC_MSG_ERROR([--with-$1=yes, but pkg-config does not find $2])], [with_$1=no])])],
  [gyre_save_PKG_CONFIG_PATH=$PKG_CONFIG_PATH
   PKG_CONFIG_PATH=$with_$1/lib/pkgconfig:$with_$1/lib64/pkgconfig:$PKG_CONFIG_PATH
   export PKG_CONFIG_PATH
   AS_IF([test -e "$with_$1/lib/pkgconfig/$2.pc" || test -e "$with_$1/lib64/pkgconfig/$2.pc"], [],
     [AC_MSG_ERROR([--with-$1=$with_$1: no lib/pkgconfig/$2.pc below that prefix])])
   PKG_CHECK_MODULES(m4_toupper([$1]), [$2], [with_$1=yes],
     [AC_MSG_ERROR([--with-$1=$with_$1: pkg-config does not accept $2 there])])
   PKG_CONFIG_PATH=$gyre_save_PKG_CONFIG_PATH])
AS_IF([test "x$with_$1" = xyes],
  [AC_DEFINE(m4_toupper([HAVE_$1]), [1], [Define to 1 if $2 is used.])])
AM_CONDITIONAL(m4_toupper([WITH_$1]), [test "x$with_$1" = xyes])
])
