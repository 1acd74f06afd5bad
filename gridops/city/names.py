"""What things are called. Wards are real names of Hanoi used as labels on an invented grid."""

WARDS = (
    "Hàng Bạc", "Hàng Bồ", "Hàng Đào", "Cửa Nam", "Tràng Tiền", "Phan Chu Trinh",
    "Điện Biên", "Đội Cấn", "Ngọc Hà", "Kim Mã", "Giảng Võ", "Liễu Giai",
    "Cống Vị", "Ngọc Khánh", "Thành Công", "Quán Thánh", "Trúc Bạch", "Phúc Xá",
    "Văn Miếu", "Quốc Tử Giám", "Cát Linh", "Hàng Bột", "Ô Chợ Dừa", "Láng Hạ",
    "Láng Thượng", "Trung Liệt", "Khương Thượng", "Kim Liên", "Phương Mai", "Trung Tự",
    "Bạch Mai", "Bách Khoa", "Thanh Nhàn", "Minh Khai", "Trương Định", "Vĩnh Tuy",
    "Quan Hoa", "Nghĩa Đô", "Nghĩa Tân", "Dịch Vọng", "Mai Dịch", "Yên Hòa",
    "Trung Hòa", "Xuân La", "Bưởi", "Thụy Khuê", "Nhật Tân", "Tứ Liên",
    "Quảng An", "Phú Thượng", "Nhân Chính", "Thượng Đình", "Khương Trung", "Khương Mai",
    "Hạ Đình", "Kim Giang", "Đại Kim", "Định Công", "Hoàng Liệt", "Thịnh Liệt",
    "Giáp Bát", "Tân Mai", "Mai Động", "Lĩnh Nam", "Trần Phú", "Yên Sở",
    "Ngọc Lâm", "Bồ Đề", "Gia Thụy", "Việt Hưng", "Sài Đồng", "Phúc Lợi",
    "Thạch Bàn", "Cự Khối", "Mỹ Đình", "Cầu Diễn", "Xuân Phương", "Phương Canh",
    "Tây Mỗ", "Đại Mỗ", "Mễ Trì", "Cổ Nhuế", "Xuân Đỉnh", "Đông Ngạc",
    "Thụy Phương", "Liên Mạc", "Văn Quán", "Mộ Lao", "Vạn Phúc", "La Khê",
    "Phú La", "Kiến Hưng", "Yên Nghĩa", "Dương Nội", "Phú Lãm", "Hà Cầu",
)  # fmt: skip
AREAS_PER_STATION = 3

FIRST_LINE = 471
"""22 kV has the voltage digit 4, outgoing lines the digit 7: 471, 472, ... (480 follows 479)."""


def station_name(index: int) -> str:
    return f"E1.{index + 1}"


def ward_name(number: int) -> str:
    """Wards repeat with a number once all names are used."""
    turn, index = divmod(number, len(WARDS))
    return WARDS[index] if turn == 0 else f"{WARDS[index]} {turn + 1}"
