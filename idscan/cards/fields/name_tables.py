"""Frequencies of names: a soft prior for recognition, not a test of nationality."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from idscan.cards import FactTable, words
from idscan.cards.text import fold_upper

if TYPE_CHECKING:
    from collections.abc import Mapping

FAMILY_NAMES_SOURCE = "shares in percent after Lê Trung Hoa, Họ và tên người Việt Nam (2005); the rest estimated"
FAMILY_NAMES: Mapping[str, float] = MappingProxyType(
    {
        "NGUYEN": 38.4,
        "TRAN": 12.1,
        "LE": 9.5,
        "PHAM": 7.0,
        "HOANG": 3.0,
        "HUYNH": 2.1,
        "PHAN": 4.5,
        "VU": 2.2,
        "VO": 1.7,
        "DANG": 2.1,
        "BUI": 2.0,
        "DO": 1.4,
        "HO": 1.3,
        "NGO": 1.3,
        "DUONG": 1.0,
        "LY": 0.5,
        **dict.fromkeys(words("DINH DAO DOAN TRINH TRUONG LAM MAI CAO LUONG LUU HA THAI CHAU TO TA"), 0.4),
        **dict.fromkeys(words("PHUNG QUACH TANG TRIEU NONG CHU KIEU TONG TU LA LUC HUA VUONG VAN BE"), 0.15),
        **dict.fromkeys(words("LO VANG GIANG THAO SUNG MA HAU LAU CU DAM NGUY NGHIEM BACH THACH SON KIM"), 0.08),
        **dict.fromkeys(words("DANH DIEP QUAN ON MAC LAI CAM AU NINH TIEU TON CONG KHUAT KHUC THAN DONG"), 0.04),
        **dict.fromkeys(words("LAC GIAP HAN MAN NHAN PHI THIEU TRANG UNG VI XA KHONG LUYEN DIEU HOA BA LIEU"), 0.02),
    }
)
"""Folded family names and the share of people, in percent, with each."""

GIVEN_NAMES_SOURCE = "orders of magnitude from general knowledge of Vietnamese names; relative weights"
GIVEN_NAMES: Mapping[str, float] = MappingProxyType(
    {
        "THỊ": 30.0,
        "VĂN": 20.0,
        **dict.fromkeys(words("NGỌC THANH MINH ĐỨC HỮU XUÂN HỒNG KIM QUANG HOÀNG ANH PHƯƠNG THU"), 4.0),
        **dict.fromkeys(words("QUỐC CÔNG ĐÌNH TUẤN HÙNG HƯNG HẢI HƯƠNG LAN LINH LONG MAI NAM THÀNH DŨNG"), 2.5),
        **dict.fromkeys(
            words(
                "HOA HẠNH HIỀN HIẾU HUỆ HUY KHÁNH LOAN MỸ NGA NGÂN NHUNG PHONG PHÚC SƠN TÂM THẢO THẮNG THỦY THÚY "
                "THÙY TIẾN TRANG TRUNG TÚ TUYẾT TÙNG VINH VIỆT YẾN HÀ HẰNG HÒA"
            ),
            2.0,
        ),
        **dict.fromkeys(
            words(
                "AN BẢO BÍCH BÌNH CHÂU CHI CƯỜNG ĐẠT DIỄM DIỄN DUNG DUY DƯƠNG DIỆU ĐÔNG GIA GIANG TRẦN NGUYỄN LÊ "
                "TOÀN THIỆN TRÍ VŨ HUYỀN KHANH CHÍNH PHÁT LỘC"
            ),
            1.5,
        ),
        **dict.fromkeys(
            words(
                "HÂN HẬU HIỆP HIỂN HOÀI HOÀN HOAN HỢP KHẢI KHOA KHÔI KIÊN KIỀU LÂM LỆ LIÊN LỢI LUÂN LƯƠNG LƯỢNG LÝ "
                "LY MẠNH MẪN NGHĨA NGUYÊN NGUYỆT NHÂN NHẬT NHI NHƯ OANH PHÚ PHƯỚC QUÂN QUÝ QUYỀN QUYÊN QUỲNH SANG "
                "SINH TÀI TÂN TẤN TẠO THÁI THÌN THỊNH THƠ THOA THUẬN THỨC THỤC THƯƠNG TĨNH TÌNH TRÀ TRIỆU TRINH "
                "TRÌNH TRỌNG TRÚC TRƯỜNG TUỆ UYÊN ÚT VI VĨ VƯƠNG VY XUYẾN Ý ÁI ÁNH ÂN BẰNG CHIẾN CHUNG CÚC ĐIỆP "
                "ĐỊNH ĐOAN DOANH ĐĂNG ĐẠI DÂN DANH"
            ),
            1.0,
        ),
        **dict.fromkeys(
            words(
                "BA BÁ BẮC BẠCH BÉ BÔNG BÚP CẢNH CẢM CAO CẨM CẦN CÁT CHÁNH CHÍ CHIỂU CHIÊU CHÂN CHẤN CHIỀN CHƯƠNG "
                "CƠ CƯƠNG CHUYÊN ĐÀI ĐÁNG ĐÀO DẦN DẬU ĐỆ ĐIỀN ĐIỂM ĐIỆN ĐIỂU ĐỈNH ĐỘ ĐOÀN ĐOẠN DOÃN DỰ DU DUYÊN "
                "DUYỆT ĐIỀM GẤM GIÁP GIÀU GIỎI GIÁO HÀN HÃN HÀO HẢO HẠ HẦU HIÊN HIẾN HIỆU HIỂU HÓA HOÁ HOẠT HUẤN "
                "HUÂN HUÊ HUYNH HUỲNH HƯỜNG HƯỞNG HỢI HỌC HỘI HUẾ KÍNH KHA KHÂM KHANG KHẮC KHIÊM KHƯƠNG KHUÊ KIỆT "
                "KIẾM KỲ KỶ KIỂM LAI LAM LÀI LÀNH LẬP LÃM LẮM LIỄU LIỆU LĨNH LÒNG LỤA LUẬN LUẬT LUYẾN LUYỆN LỰC LƯU "
                "LỮ MAO MẬN MẪU MẾN MIÊN MIỀN MÙI MƯỜI MÂY MY MỘNG MÙA MỪNG NĂM NĂNG NGÀ NGÀN NGHI NGHỊ NGHIÊM "
                "NGHIỆP NGỌ NGÔ NGOAN NGỘ NGUYỆN NGỮ NHÀN NHẪN NHÃ NHẠC NHIÊN NHỎ NHƠN NHU NHUẬN NHỰT NINH NỞ NƯƠNG "
                "NỮ OAI PHÁP PHẤN PHI PHIÊN PHÒNG PHỤNG PHƯỢNG PHÙNG QUẾ QUẢNG QUÁCH QUAN QUỲ QUYẾT QUYẾN SÁNG SÁU "
                "SẮC SEN SĨ SƯƠNG SONG SÁCH SỰ SỬU TẠ TÁM TẤM TẬP TẶNG TÂY THẠCH THẮM THÂN THẾ THỂ THI THIÊN THIỀU "
                "THIỆU THÔNG THỐNG THOẠI THỌ THUẦN THUYÊN THUYỀN THUYẾT THƯ THƯỜNG THƯỞNG THƯỚC THẠNH THỦ THỨ THÊM "
                "TIỀM TIỀN TIÊN TIỆP TIÊU TÍN TÍNH TOẢN TOẠI TỐ TÔN TỐT TRẠCH TRẠNG TRÁNG TRÂM TRÂN TRIỂN TRIẾT "
                "TRIÊM TRUYỀN TRUYỆN TRỰC TRÒN TƯ TỨ TỬ TUÂN TUẦN TUYÊN TUYỀN TUYỂN TƯỜNG TƯƠNG TƯỚC TƯỞNG TƯỢNG TÝ "
                "TỴ TỊNH UY ÚY VÂN VẠN VÀNG VĨNH VIÊN VIỄN VIỆN VÕ VỌNG VỰC VỮNG VƯỢNG VƯỢT VIÊM XOAN XINH XUYÊN "
                "XÂM Y YÊN ỬNG"
            ),
            0.5,
        ),
    }
)
"""Syllables of middle and given names with diacritics, and their relative weights."""

GIVEN_SYLLABLES: Mapping[str, float] = MappingProxyType(
    {fold_upper(name): weight for name, weight in sorted(GIVEN_NAMES.items(), key=lambda item: item[1])}
)
"""The same, folded, each with the weight of its most common spelling."""

NOT_NAMES_SOURCE = "words that are printed on cards in capitals, as names are"
NOT_NAMES = frozenset({
    "VIET NAM", "CAN CUOC", "CONG DAN", "CAN CUOC CONG DAN", "CHUNG MINH NHAN DAN", "GIAY CHUNG MINH NHAN DAN",
    "DOC LAP TU DO HANH PHUC", "HO VA TEN", "HO TEN", "NGAY SINH", "SINH NGAY", "GIOI TINH", "QUOC TICH", "QUE QUAN",
    "NGUYEN QUAN", "DAN TOC", "TON GIAO", "NOI THUONG TRU", "NOI CU TRU", "CO GIA TRI DEN", "KHONG THOI HAN",
    "BO CONG AN", "CUC TRUONG", "GIAM DOC", "NGON TRO TRAI", "NGON TRO PHAI", "HO CHIEU", "GIAY PHEP LAI XE",
    "THE BAO HIEM Y TE", "FULL NAME", "IDENTITY CARD",
})  # fmt: skip
"""Folded words in capitals on cards that are no name."""

_RARER_FAMILY_NAMES: tuple[str, ...] = words(
    "CHU CHỬ LA LÃ VĂN BẾ LÒ LÔ VÀNG GIÀNG GIANG THÀO SÙNG MÃ MA HẦU LẦU CÙ CỪ NGỤY SƠN KIM DANH DIỆP QUAN QUẢN ÔN "
    "MẠC MẠCH LẠI CAM ÂU NINH TÔN CÔNG KHUẤT KHÚC THÂN ĐỒNG ĐỔNG LẠC GIÁP HÀN MÀN MẪN NHAN PHÍ THIỀU TRANG ỨNG VI XA "
    "KHỔNG LUYỆN ĐIÊU HOA LIỄU LỮ DOÃN ĐẬU ĐỚI ÔNG ÂN BÀNG BÀNH BIỆN CẤN CỔ CUNG DƯ HẠ HỨA HUỲNH KHA KIÊM LỖ LƯ MẬU "
    "NHÂM NGHỊ NGUYÊN PHÓ PHÙ QUẾ SẦM SẦN TÀO THẨM TIẾT TÔ TRÀ TRÌ TRIỀU VIÊN VĨNH VÒNG VŨ VƯU XIN YÊN "
    "VỪ MÙA HỜ HẠNG CƯ CỨ TRÁNG SÌNH THÒ CHANG LY LÙ LÈNG CHẢO TẨN PHÀN BÀN CHÁNG QUÀNG CÀ LƯỜNG TÒNG LÈO CẦM LỪ CỤT "
    "MOONG ỐC LÈ UÔNG NHỮ"
)
_RARE_SHARE = 0.05
"""Percent with a name of unknown frequency. Lower: common names replace it; higher: misread common names pass."""
AMBIGUOUS_FAMILY_NAMES: tuple[str, ...] = words(
    "BÀN CÀ CÔNG CỔ CUNG CƯ CỤT DƯ HẠ HOA HỜ KIÊM LÈ LÙ MÙA NGUYÊN ÔNG ỐC PHÓ PHÙ QUẾ TIẾT TRÀ TRÌ TRIỀU VIÊN VĨNH XIN"
)
"""Rare family names that are everyday words as well, so that other phrases begin with them."""

SPELLED_FAMILY_NAMES: tuple[str, ...] = words(
    "NGUYỄN TRẦN LÊ PHẠM HOÀNG HUỲNH PHAN VŨ VÕ ĐẶNG BÙI ĐỖ HỒ NGÔ DƯƠNG LÝ ĐINH ĐÀO ĐOÀN TRỊNH TRƯƠNG LÂM MAI CAO "
    "LƯƠNG LƯU HÀ THÁI CHÂU TÔ TẠ PHÙNG QUÁCH TĂNG TRIỆU NÔNG KIỀU TỐNG TỪ LỤC HỨA VƯƠNG ĐÀM NGHIÊM BẠCH THẠCH TIÊU"
)
"""Family names with diacritics whose folded form is not that of another common family name."""

HIGHLAND_NAMES_SOURCE = "family names of the Ê Đê, Gia Rai, Mnông, Cơ Ho and Cơ Tu, from general knowledge"
HIGHLAND_NAMES: tuple[str, ...] = words(
    "NIÊ ÊBAN MLÔ BYĂ KBUÔR KĐOH HWING ADRƠNG AYUN HĐƠK KTLA KTUL KNUL KRIÊNG ÊNUÔL BUÔNYĂ BUÔNDAP BUÔN YĂ KRÔNG "
    "KSOR KSƠR SIU NAY KPĂ RCOM RCĂM RMAH RAHLAN RAH LAN RÔLAN RƠ CHÂM RƠCHÂM RƠMAH MAH PUIH KPUIH "
    "CIL LIÊNG HÓT KRAJAN KƠSĂ BKRÔNG BĐAP BDAP MĐRANG RƠLAN RÔ KSO KA K' Y H' A "
    "ALĂNG ARẤT BRÍU ZƠRÂM PƠLOONG HÔIH COOR BHLING RÍAH BHRIU"
)
"""Words of names that do not follow Vietnamese spelling, or that mark the sex as words of their own."""

FAMILY_NAME_SHARES: Mapping[str, float] = MappingProxyType(
    dict.fromkeys(_RARER_FAMILY_NAMES, _RARE_SHARE)
    | {name: FAMILY_NAMES[fold_upper(name)] for name in SPELLED_FAMILY_NAMES}
)
"""Family names with diacritics, rare ones included, and the share of people, in percent, with each."""

HEADING_PREFIXES = frozenset(
    {
        "BO SUNG", "CAO DANG", "CAO HOC", "CHU HO", "CHU TICH", "CHU Y", "CONG AN", "CONG DAN", "CONG HOA", "CONG TY",
        "DANG KY", "DANG NHAP", "DANG XUAT", "DANH BA", "DANH MUC", "DANH SACH", "DAO TAO", "DIEN THOAI", "DINH KEM",
        "DINH MUC", "HA NOI", "HO CHI", "HO CHIEU", "HO KHAU", "HO SO", "HO TEN", "HO TRO", "HO VA", "KIM LOAI",
        "LAI XE", "LE PHI", "LE TAN", "LUONG THANG", "LUONG THUONG", "LY DO", "LY LICH", "MA DON", "MA KHACH",
        "MA SO", "PHAN CONG", "PHAN HOI", "PHAN LOAI", "PHAN TICH", "THAI DO", "TO CHUC", "TO DAN", "TO KHAI",
        "TO TRUONG", "TRANG THAI", "TRIEU CHUNG", "TRUONG BAN", "TRUONG HOC", "TRUONG PHONG", "TU VAN", "VAN BAN",
        "VAN PHONG", "VU VIEC",
    }
)  # fmt: skip
"""First words, folded, of headings, companies and places, the first of which is a family name as well."""

TABLES = (
    FactTable(name="spelling of family names", source=FAMILY_NAMES_SOURCE, recognise=SPELLED_FAMILY_NAMES.__contains__,
        matching=("NGUYỄN", "TRẦN", "LÝ"),
        not_matching=("NGUYÊN", "TRẤN", "LY", "")),
    FactTable(name="names of the peoples of the Central Highlands", source=HIGHLAND_NAMES_SOURCE,
        recognise=HIGHLAND_NAMES.__contains__,
        matching=("NIÊ", "KSOR", "KPĂ", "ADRƠNG"),
        not_matching=("NIE", "NGUYỄN", "")),
    FactTable(name="family names", source=FAMILY_NAMES_SOURCE, recognise=FAMILY_NAMES.__contains__,
        matching=("NGUYEN", "TRAN", "LY", "GIANG"),
        not_matching=("Nguyễn", "SMITH", "")),
    FactTable(name="syllables of middle and given names", source=GIVEN_NAMES_SOURCE, recognise=GIVEN_NAMES.__contains__,
        matching=("VĂN", "THỊ", "MINH"),
        not_matching=("VAN", "JOHN", "")),
    FactTable(name="capitals that are no name", source=NOT_NAMES_SOURCE, recognise=NOT_NAMES.__contains__,
        matching=("VIET NAM", "CAN CUOC"),
        not_matching=("NGUYEN VAN MAU", "")),
    FactTable(name="beginnings of headings", source=NOT_NAMES_SOURCE, recognise=HEADING_PREFIXES.__contains__,
        matching=("HO SO", "DANH SACH"),
        not_matching=("HO VAN", "DANH THI", "")),
)  # fmt: skip
