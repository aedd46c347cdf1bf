"""Constants of the elementary functions; made by scripts/elementary_coefficients.py."""

# EXP: relative error 2 ** -57.9
EXP = (
    float.fromhex("0x1.000000000000ap-1"),
    float.fromhex("0x1.5555555555508p-3"),
    float.fromhex("0x1.55555555506d5p-5"),
    float.fromhex("0x1.11111111248cfp-7"),
    float.fromhex("0x1.6c16c1846fbe4p-10"),
    float.fromhex("0x1.a01a013a44bccp-13"),
    float.fromhex("0x1.a01999745ce37p-16"),
    float.fromhex("0x1.71df03fa9ed83p-19"),
    float.fromhex("0x1.28ade8c816d70p-22"),
    float.fromhex("0x1.adb1825eeb3a1p-26"),
)
LN2 = (
    float.fromhex("0x1.62e42fefa39efp-1"),
    float.fromhex("0x1.abc9e3b39803fp-56"),
)
LOG2_E = float.fromhex("0x1.71547652b82fep+0")

# LOG: relative error 2 ** -59.1
LOG = (
    float.fromhex("0x1.555555555556bp-2"),
    float.fromhex("-0x1.ffffffffffe40p-3"),
    float.fromhex("0x1.9999999994f2ap-3"),
    float.fromhex("-0x1.555555556f476p-3"),
    float.fromhex("0x1.249249274d39ep-3"),
    float.fromhex("-0x1.fffffff038d16p-4"),
    float.fromhex("0x1.c71c703523aebp-4"),
    float.fromhex("-0x1.99999b570e559p-4"),
    float.fromhex("0x1.745d585447f66p-4"),
    float.fromhex("-0x1.55556137ca4a0p-4"),
    float.fromhex("0x1.3b0d7100e67bfp-4"),
    float.fromhex("-0x1.248ac946c949bp-4"),
    float.fromhex("0x1.116bcc66da612p-4"),
    float.fromhex("-0x1.00c09be80ee1cp-4"),
    float.fromhex("0x1.dc5c1b0cdfe9cp-5"),
    float.fromhex("-0x1.b4f2fb7ae097bp-5"),
    float.fromhex("0x1.bd6c577320d29p-5"),
    float.fromhex("-0x1.00c24bb3e8b41p-4"),
    float.fromhex("0x1.cd9f668d7a8fap-5"),
    float.fromhex("-0x1.85ce42867d365p-6"),
)
LN2_SPLIT = (
    float.fromhex("0x1.62e42fefa3800p-1"),
    float.fromhex("0x1.ef35793c76730p-45"),
)

# ATANH: relative error 2 ** -66.3
ATANH = (
    float.fromhex("0x1.9999999999b30p-2"),
    float.fromhex("0x1.2492492457d8cp-2"),
    float.fromhex("0x1.c71c722d60befp-3"),
    float.fromhex("0x1.745ce9e574297p-3"),
    float.fromhex("0x1.3b1eebabb53b4p-3"),
    float.fromhex("0x1.0f7ff1a644715p-3"),
    float.fromhex("0x1.0e426a4c7e2efp-3"),
)
TWO_THIRDS = (
    float.fromhex("0x1.5555555555555p-1"),
    float.fromhex("0x1.5555555555555p-55"),
)

# SIN: relative error 2 ** -58.0
SIN = (
    float.fromhex("-0x1.5555555555549p-3"),
    float.fromhex("0x1.111111110f8a5p-7"),
    float.fromhex("-0x1.a01a019c15dd1p-13"),
    float.fromhex("0x1.71de357ad2565p-19"),
    float.fromhex("-0x1.ae5e6857a3a94p-26"),
    float.fromhex("0x1.5d938c596c4d7p-33"),
)
# COS: relative error 2 ** -64.2
COS = (
    float.fromhex("0x1.555555555554cp-5"),
    float.fromhex("-0x1.6c16c16c15222p-10"),
    float.fromhex("0x1.a01a019cbfcaep-16"),
    float.fromhex("-0x1.27e4f81307d8fp-22"),
    float.fromhex("0x1.1ee9f188f6e17p-29"),
    float.fromhex("-0x1.8fb14b4ffdcc3p-37"),
)
HALF_PI = (
    float.fromhex("0x1.921fb54442d18p+0"),
    float.fromhex("0x1.1a62633145c07p-54"),
    float.fromhex("-0x1.f1976b7ed8fbcp-110"),
)
TWO_PI = (
    float.fromhex("0x1.921fb54442d18p+2"),
    float.fromhex("0x1.1a62633145c07p-52"),
)
TWO_OVER_PI = float.fromhex("0x1.45f306dc9c883p-1")
# 2 / pi to the base 2 ** 32, after a leading 0
TWO_OVER_PI_DIGITS = (
    0,
    0xA2F9836E,
    0x4E441529,
    0xFC2757D1,
    0xF534DDC0,
    0xDB629599,
    0x3C439041,
    0xFE5163AB,
    0xDEBBC561,
    0xB7246E3A,
    0x424DD2E0,
    0x06492EEA,
    0x09D1921C,
    0xFE1DEB1C,
    0xB129A73E,
    0xE88235F5,
    0x2EBB4484,
    0xE99C7026,
    0xB45F7E41,
    0x3991D639,
    0x835339F4,
    0x9C845F8B,
    0xBDF9283B,
    0x1FF897FF,
    0xDE05980F,
    0xEF2F118B,
    0x5A0A6D1F,
    0x6D367ECF,
    0x27CB09B7,
    0x4F463F66,
    0x9E5FEA2D,
    0x7527BAC7,
    0xEBE5F17B,
    0x3D0739F7,
    0x8A5292EA,
    0x6BFB5FB1,
    0x1F8D5D08,
    0x56033046,
    0xFC7B6BAB,
    0xF0CFBC20,
    0x9AF4361D,
)

# ASIN: relative error 2 ** -59.8
ASIN = (
    float.fromhex("0x1.5555555555578p-3"),
    float.fromhex("0x1.333333332e038p-4"),
    float.fromhex("0x1.6db6db7216780p-5"),
    float.fromhex("0x1.f1c71a9530ec8p-6"),
    float.fromhex("0x1.6e8bdeb7d962ap-6"),
    float.fromhex("0x1.1c49f4de40bb6p-6"),
    float.fromhex("0x1.ca1f040e66d59p-7"),
    float.fromhex("0x1.758aa21202503p-7"),
    float.fromhex("0x1.611cf8ad5e778p-7"),
    float.fromhex("0x1.e7f5f674c3abbp-9"),
    float.fromhex("0x1.62f82f766d6dfp-6"),
    float.fromhex("-0x1.570ba51d78a64p-6"),
    float.fromhex("0x1.0af8cbf74b7e6p-5"),
)
# ATAN: relative error 2 ** -57.5
ATAN = (
    float.fromhex("-0x1.555555555552ap-2"),
    float.fromhex("0x1.99999999958dbp-3"),
    float.fromhex("-0x1.2492492386e99p-3"),
    float.fromhex("0x1.c71c71810321ap-4"),
    float.fromhex("-0x1.745d11bd4efaap-4"),
    float.fromhex("0x1.3b1367121e5dap-4"),
    float.fromhex("-0x1.110e53b5b4a14p-4"),
    float.fromhex("0x1.e1bbb933b0819p-5"),
    float.fromhex("-0x1.ae5e9d4e02075p-5"),
    float.fromhex("0x1.82daf735de3dcp-5"),
    float.fromhex("-0x1.59a35dd2e0e10p-5"),
    float.fromhex("0x1.2c2b72fe4c00bp-5"),
    float.fromhex("-0x1.e9ec6c157f94bp-6"),
    float.fromhex("0x1.6827645f63e9bp-6"),
    float.fromhex("-0x1.c75fdfb63fb80p-7"),
    float.fromhex("0x1.d76bca5e9f8f0p-8"),
    float.fromhex("-0x1.79e1494931e47p-9"),
    float.fromhex("0x1.b37318c3f7498p-11"),
    float.fromhex("-0x1.3eb8363b19c2ap-13"),
    float.fromhex("0x1.bb173f1aae25dp-17"),
)
PI = (
    float.fromhex("0x1.921fb54442d18p+1"),
    float.fromhex("0x1.1a62633145c07p-53"),
)
