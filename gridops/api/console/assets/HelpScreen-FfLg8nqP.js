import{$t as e,En as t,Gt as n,Jt as r,Qt as i,Tn as a,Ut as o,Xt as s,Zt as c,bn as l,dn as u,en as d,fn as f,in as p,ln as m,mn as h,nn as g,on as _,p as v,pn as y,qt as b,rn as x,vn as S,xn as C}from"./index-Dx67iNTi.js";var w={en:`# Quick card: the console in one page

**Bold** is what stands on the screen. Everything works by keyboard: Tab and Enter; a button that acts asks twice.
Vietnamese: [quick_card_vi.md](quick_card_vi.md).

| I want to | do this |
|---|---|
| find what is dark | **Incidents**: the card at the top is the most urgent. Read **In three lines**: **Out**, **Where**, **Now** |
| know why a section is suspected | **Why we think so**, then **Evidence, device by device**: each device is **for**, **against** or **ignored** |
| see what is proposed, and its weakest point | **What is proposed**: a row for each step; ▸ marks the **weakest point**, and below it **Weakest point: at most 91 % in step 4, at least 0.961 pu in step 2. In step 4 L12 limits.** **Rejected options** has the rest with reasons |
| know what happens if a step fails | **If a step fails · what else could be done · what would help** |
| let the plan go | The large button names what it does (**Close T1: 412 customers back**). Press it, then **Press again to release** |
| stop it | **STOP before the next step**. Nothing further is sent. Then **Plan again** |
| know why I cannot release | **Cannot be released**, with the reasons below it |
| hang a tag | **Find a switch or a place**, or click it in the **Grid diagram**: **Place tag**, for example **Live-line work** or **Do not close**. **Remove** takes it off |
| tell what a crew found | **Report what a crew found or tried**: **Found the fault** or **Found nothing** |
| end it after the repair | **Report repair done**; then **Return to normal**, or **Accept as new normal** |
| switch by hand | **Sheets**, **New sheet**: write the **Steps**, **Save as draft**, have it approved, start it. **Print** makes the paper |
| let a feeder go by itself | **Feeders**: set **Mode** to **automatic**, **Apply**. If it says **blocked: nothing would go by itself**, open the list of reasons |
| read the minutes | **Customer minutes today** at the top; of one incident under **Customer minutes**; of a month on **Outage minutes** |
| find a device | **Find a switch or a place** above the diagram, or **Table**: **Filter** |
| see what happened at a time | **History**: **Incidents up to**, as in yesterday 02:10, Enter, the incident, the slider |

## When something looks wrong

| on the screen | means | do |
|---|---|---|
| **BLIND: no data since 02:10:07** | what you see may be old; nothing can be released | go on by telephone; call whoever runs the service |
| **Partly blind** | one link is down | do not switch what hangs on it |
| **Indications contradict** or **Not enough evidence** | the place is not known | **What would tell more** names the reading, patrol or trial that helps most |
| **unknown**, **contradictory**, **in between** | the position of a switch is not known | have it looked at; the plan keeps away from it |
| **No plan yet.** or **Nothing to switch: see the reasons below.** | there is no safe switching | read the reasons: a tag, a limit, no tie |
| **TRAINING** | nothing here is real | learn |

Red, a sign *and* a word mean abnormal; grey is well. Filled is closed, hollow is open, hatched is unknown.
`,vi:`# Thẻ tra nhanh: bàn điều khiển trong một trang

**Chữ đậm** là chữ trên màn hình. Mọi việc đều làm được bằng bàn phím: Tab và Enter; nút thao tác luôn hỏi lại lần nữa.
English: [quick_card_en.md](quick_card_en.md).

| Tôi muốn | Làm như sau |
|---|---|
| tìm chỗ mất điện | **Vụ việc**: thẻ trên cùng là việc gấp nhất. Đọc **Tóm tắt ba dòng**: **Mất điện**, **Ở đâu**, **Làm gì** |
| biết vì sao nghi một phân đoạn | **Vì sao kết luận như vậy**, rồi **Bằng chứng từng thiết bị**: mỗi thiết bị **ủng hộ**, **phản bác** hoặc **bỏ qua** |
| xem đề xuất và điểm yếu nhất | **Đề xuất**: mỗi bước một dòng; ▸ là **điểm yếu nhất**, ngay dưới là **Điểm yếu nhất: tải cao nhất 91 % ở bước 4, điện áp thấp nhất 0,961 pu ở bước 2. Ở bước 4 giới hạn bởi L12.** **Phương án bị loại** có lý do |
| biết nếu một bước hỏng thì sao | **Nếu một bước hỏng · cách khác · điều gì sẽ giúp** |
| cho thực hiện phương án | Nút lớn ghi rõ tác dụng (**Đóng T1: 412 khách hàng có điện lại**). Bấm, rồi **Nhấn lần nữa để thực hiện** |
| dừng lại | **DỪNG trước bước kế tiếp**. Không lệnh nào được gửi thêm. Sau đó **Lập lại phương án** |
| biết vì sao chưa thực hiện được | **Chưa thể thực hiện**, lý do ở ngay dưới |
| treo thẻ | **Tìm thiết bị hoặc địa điểm**, hoặc bấm vào nó trên **Sơ đồ lưới**: **Treo thẻ**, ví dụ **Làm việc trên đường dây có điện** hoặc **Cấm đóng điện**. **Gỡ** để bỏ thẻ |
| báo kết quả của đội | **Báo kết quả tuần tra, đóng điện thử**: **Thấy sự cố** hoặc **Không thấy gì** |
| kết thúc sau sửa chữa | **Báo đã sửa chữa xong**; rồi **Trở về phương thức cơ bản**, hoặc **Chấp nhận là bình thường** |
| thao tác theo phiếu | **Phiếu thao tác**, **Viết phiếu**: viết **Các bước**, **Lưu bản nháp**, trình duyệt, thực hiện. **In** để in ra giấy |
| cho xuất tuyến tự động | **Xuất tuyến**: đặt **Chế độ** là **tự động**, **Áp dụng**. Nếu ghi **bị cản trở: không tự xử lý được gì**, mở danh sách lý do |
| đọc số phút | **Phút·KH mất điện hôm nay** ở trên cùng; của một vụ việc ở **Phút·khách hàng**; của một tháng ở **Thời gian mất điện** |
| tìm thiết bị | **Tìm thiết bị hoặc địa điểm** phía trên sơ đồ, hoặc **Bảng**: **Lọc** |
| xem lúc đó có gì | **Lịch sử**: **Vụ việc đến thời điểm**, ví dụ hôm qua 02:10, Enter, chọn vụ việc, kéo thanh trượt |

## Khi có điều bất thường

| Trên màn hình | Nghĩa là | Làm gì |
|---|---|---|
| **MẤT TÍN HIỆU: không có dữ liệu từ 02:10:07** | thông tin có thể đã cũ; không cho thực hiện được gì | điều hành qua điện thoại; gọi người vận hành hệ thống |
| **Mất một phần tín hiệu** | một kênh kết nối bị đứt | không thao tác thiết bị trên kênh đó |
| **Chỉ thị mâu thuẫn** hoặc **Chưa đủ bằng chứng** | chưa biết vị trí sự cố | **Cách biết rõ hơn** nêu tín hiệu, tuần tra hay đóng thử có ích nhất |
| **không rõ**, **mâu thuẫn**, **trung gian** | chưa biết trạng thái của thiết bị | cho kiểm tra; phương án tránh thiết bị đó |
| **Chưa có phương án.** hoặc **Không có thao tác: xem lý do bên dưới.** | không có thao tác nào an toàn | đọc lý do: thẻ, giới hạn, thiếu điểm liên lạc |
| **ĐÀO TẠO** | không có gì là thật | luyện tập |

Đỏ kèm ký hiệu *và* chữ là bất thường; xám là tốt. Đặc là đóng, rỗng là mở, gạch chéo là không rõ.
`},T=e=>E(w[e]);function E(e){return e.split(/\n{2,}/).map(e=>e.split(`
`).filter(e=>e!==``&&!e.includes(`](`))).filter(e=>e.length>0).map(D)}function D(e){let[t=``]=e;if(t.startsWith(`|`)){let[t=[],,...n]=e.map(O);return{kind:`table`,head:t,rows:n}}return{kind:t.startsWith(`# `)?`title`:t.startsWith(`## `)?`heading`:`text`,runs:k(e.join(` `).replace(/^#+ /,``))}}var O=e=>e.split(`|`).slice(1,-1).map(e=>k(e.trim())),k=e=>e.split(`**`).map((e,t)=>({text:e,strong:t%2==1})).filter(e=>e.text!==``),A=(n,a=t)=>{var o=e(),l=f(o);b(l,17,a,r,(t,n)=>{let r=()=>_(n).text,a=()=>_(n).strong;var o=e(),l=f(o),u=e=>{var t=j(),n=y(t,!0);m(()=>c(n,r())),i(e,t)},d=e=>{var t=g();m(()=>c(t,r())),i(e,t)};s(l,e=>{a()?e(u):e(d,-1)}),i(t,o)}),i(n,o)},j=d(`<b> </b>`),M=d(`<th scope="col" class="grqqah1"><!></th>`),N=d(`<th scope="row" class="grqqah1"><!></th>`),P=d(`<td class="grqqah1"><!></td>`),F=d(`<tr></tr>`),I=d(`<table class="grqqah1"><thead><tr></tr></thead><tbody class="grqqah1"></tbody></table>`),L=d(`<div class="page" data-testid="card"><button class="print grqqah1" data-testid="card-print"> </button> <!></div>`);function R(t,d){C(d,!0);let g=S(()=>v.t),x=S(()=>T(v.language));var w=L(),E=u(w),D=y(E,!0),O=h(E,2);b(O,17,()=>_(x),r,(t,c)=>{var l=e(),d=f(l),p=t=>{var n=I(),o=u(n),l=u(o);b(l,21,()=>_(c).head,r,(e,t,n,r)=>{var o=M();A(u(o),()=>_(t)),a(o),i(e,o)}),a(l),a(o);var d=h(o);b(d,21,()=>_(c).rows,r,(t,n,o,c)=>{var l=F();b(l,21,()=>_(n),r,(t,n,r,o)=>{var c=e(),l=f(c),d=e=>{var t=N();A(u(t),()=>_(n)),a(t),i(e,t)},p=e=>{var t=P();A(u(t),()=>_(n)),a(t),i(e,t)};s(l,e=>{r===0?e(d):e(p,-1)}),i(t,c)}),a(l),i(t,l)}),a(d),a(n),i(t,n)},m=t=>{var r=e(),a=f(r);n(a,()=>({title:`h2`,heading:`h3`,text:`p`})[_(c).kind],!1,(e,t)=>{o(e,0,`grqqah1`),A(t,()=>_(c).runs)}),i(t,r)};s(d,e=>{_(c).kind===`table`?e(p):e(m,-1)}),i(t,l)}),a(w),m(e=>c(D,e),[()=>_(g)(`help.print`)]),p(`click`,E,()=>window.print()),i(t,w),l()}x([`click`]);export{R as default};