dnl GYRE_OFI_SYMBOLS
dnl libfabric is loaded at run time, but its functions must be those of the ABI that its headers
dnl describe: those that linking binds. Defines OFI_VERSION_<FUNCTION> to their versions and
dnl OFI_LIBDIR to where the library lies.
AC_DEFUN([GYRE_OFI_SYMBOLS], [
AC_CHECK_TOOL([READELF], [readelf], [:])
AC_SEARCH_LIBS([dlopen], [dl])
gyre_save_LIBS=$LIBS
gyre_save_CPPFLAGS=$CPPFLAGS
LIBS="$OFI_LIBS $LIBS"
CPPFLAGS="$OFI_CFLAGS $CPPFLAGS"
AC_CACHE_CHECK([for the versions of libfabric's symbols], [gyre_cv_ofi_versions],
  [AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <rdma/fabric.h>]],
    [[struct fid_fabric *fabric = 0;
      struct fi_info *info = fi_dupinfo(0);
      fi_getinfo(0, 0, 0, 0, info, &info);
      fi_fabric(info->fabric_attr, &fabric, 0);
      fi_freeinfo(info);]])],
    [gyre_cv_ofi_versions=`$READELF --dyn-syms --wide conftest$ac_exeext |
       $SED -n 's/.* \(fi_@<:@a-z@:>@*\)@\(FABRIC_@<:@0-9.@:>@*\).*/\1=\2/p' | tr '\n' ' '`],
    [AC_MSG_ERROR([libfabric is there, but a program with it does not link])])])
LIBS=$gyre_save_LIBS
CPPFLAGS=$gyre_save_CPPFLAGS
for gyre_symbol in getinfo freeinfo dupinfo fabric; do
  gyre_version=`AS_ECHO([" $gyre_cv_ofi_versions"]) |
    $SED -n "s/.* fi_$gyre_symbol=\(@<:@^ @:>@*\) .*/\1/p"`
  AC_DEFINE_UNQUOTED(AS_TR_CPP([OFI_VERSION_$gyre_symbol]), ["$gyre_version"])
done
AC_DEFINE_UNQUOTED([OFI_LIBDIR], ["`$PKG_CONFIG --variable=libdir libfabric`"],
  [Where libfabric lies, should the loader not find it.])
AH_TEMPLATE([OFI_VERSION_GETINFO], [Version of fi_getinfo in the ABI of the headers.])
AH_TEMPLATE([OFI_VERSION_FREEINFO], [Version of fi_freeinfo in the ABI of the headers.])
AH_TEMPLATE([OFI_VERSION_DUPINFO], [Version of fi_dupinfo in the ABI of the headers.])
AH_TEMPLATE([OFI_VERSION_FABRIC], [Version of fi_fabric in the ABI of the headers.])
])
