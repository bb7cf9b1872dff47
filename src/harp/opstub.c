/* Stands in until src/harp/op.c and type.c come: whoever lands those deletes this file and its line in local.mk. */
#include "harp/op.h"
static void sumd(void*a,const void*l,const void*r,void*o,size_t n,gyre_type_t t){const double*x=l,*y=r;double*z=o;for(size_t i=0;i<n;i++)z[i]=x[i]+y[i];}
static void sumi(void*a,const void*l,const void*r,void*o,size_t n,gyre_type_t t){const int*x=l,*y=r;int*z=o;for(size_t i=0;i<n;i++)z[i]=x[i]+y[i];}
gyre_status_t gyre__op_kernel(gyre_op_t op, gyre_type_t type, gyre__kernel_t *k){*k=(gyre__kernel_t){type==GYRE_FLOAT64?sumd:sumi,0,true,true,type!=GYRE_FLOAT64};return 0;}
static const size_t sz[]={
#define S(n,s,t) s,
GYRE_TYPE_MAP(S)};
size_t gyre_type_size(gyre_type_t t){return t<GYRE_TYPE_BUILTIN_COUNT?sz[t]:0;}
